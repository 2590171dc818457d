import { Batch } from "../../src/gpu/batch.ts";
import { withWorkspace } from "../../src/gpu/workspace.ts";
import { preparePolar } from "../../src/maps/polar.ts";
import { readArrays } from "../../src/readback/read-arrays.ts";
import { open } from "../support/page-problem.ts";

/** The polar factor that the device has, [rows, columns], of a matrix whose columns are a multiple of four. */
export async function polarOf(matrix: Float32Array<ArrayBuffer>, columns: number): Promise<Float32Array> {
  const rows = matrix.length / columns;
  return withWorkspace(await open(), async (workspace) => {
    const array = workspace.array("matrix", "f32", [rows, columns], matrix);
    const { polar, dispatches } = await preparePolar(workspace, array, { rows, columns4: columns / 4 });
    const batch = new Batch(workspace.gpu, "polar factor");
    batch.dispatch(...dispatches);
    batch.submit();
    const [found] = await readArrays(polar);
    return found.slice(0, matrix.length);
  });
}
