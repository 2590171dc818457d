import { denseArrays, FLOAT32_ROUNDOFF, type Contestant, type Entry, type Setting } from "./contestant.ts";
import { msPerIteration } from "./timing.ts";

/** What is used of jax-js; its own types are there only once it is installed. Functions own their arguments; `ref` is one owner more. */
interface JaxArray {
  readonly ref: JaxArray;
  sub(other: JaxArray): JaxArray;
  mul(other: JaxArray): JaxArray;
  sum(): JaxArray;
  neg(): JaxArray;
  transpose(): JaxArray;
  data(): Promise<Float32Array>;
  blockUntilReady(): Promise<JaxArray>;
  dispose(): void;
}
type Device = "webgpu" | "wasm";
type Step = (decoder: JaxArray, embeddings: JaxArray, scaled: JaxArray, labels: JaxArray) => JaxArray;
interface Jax {
  init(...devices: Device[]): Promise<Device[]>;
  jit<F>(f: F): F & { dispose(): void };
  grad: (f: (x: JaxArray) => JaxArray) => (x: JaxArray) => JaxArray;
  numpy: {
    array(values: Float32Array, options: { shape: number[]; device: Device }): JaxArray;
    matmul(x: JaxArray, y: JaxArray): JaxArray;
  };
  nn: { softmax(x: JaxArray, axis: number): JaxArray; logSoftmax(x: JaxArray, axis: number): JaxArray };
}

const MODULE = "/bench/node_modules/@jax-js/jax/dist/index.js";

/** The gradient written out by hand, and that of the loss, both compiled as one function. */
const FORMS = {
  "jit by hand":
    ({ numpy, nn }: Jax): Step =>
    (decoder, embeddings, scaled, labels) => {
      const residual = nn.softmax(numpy.matmul(embeddings, decoder.ref.transpose()), -1).sub(labels);
      return decoder.sub(numpy.matmul(residual.transpose(), scaled));
    },
  "jit(grad)":
    ({ numpy, nn, grad }: Jax): Step =>
    (decoder, embeddings, scaled, labels) => {
      scaled.dispose();
      const loss = (w: JaxArray): JaxArray =>
        nn.logSoftmax(numpy.matmul(embeddings, w.transpose()), -1).mul(labels).sum().neg();
      return decoder.ref.sub(grad(loss)(decoder));
    },
};
type Form = keyof typeof FORMS;

export const jaxEntries: readonly Entry[] = (["webgpu", "wasm"] as const).flatMap((device) =>
  (Object.keys(FORMS) as Form[]).map((form) => ({
    peer: `jax-js ${device}`,
    form,
    roundoff: FLOAT32_ROUNDOFF,
    open: (setting: Setting) => open(setting, device, form),
  })),
);

async function open(setting: Setting, device: Device, form: Form): Promise<Contestant> {
  const jax = (await import(/* @vite-ignore */ MODULE)) as Jax;
  const started = await jax.init(device);
  if (!started.includes(device)) throw new Error(`jax-js: its backend ${device} did not start`);
  const { contextCount: m, vocabularySize: V, embeddingDim: d } = setting.problem;
  const dense = denseArrays(setting);
  const put = (values: Float32Array, rows: number, columns: number): JaxArray =>
    jax.numpy.array(values, { shape: [rows, columns], device });
  const constants = [
    put(dense.embeddings, m, d),
    put(dense.scaled, m, d),
    put(form === "jit(grad)" ? dense.scaledLabels : dense.labels, m, V),
  ] as const;
  const step = jax.jit(FORMS[form](jax));

  let decoder = put(setting.start, V, d);
  const iterate = async (count: number): Promise<void> => {
    const [embeddings, scaled, labels] = constants;
    for (let k = 0; k < count; k++) decoder = step(decoder, embeddings.ref, scaled.ref, labels.ref);
    await decoder.blockUntilReady();
  };
  return {
    decoderAfter: async (steps) => {
      decoder.dispose();
      decoder = put(setting.start, V, d);
      await iterate(steps);
      return decoder.ref.data();
    },
    measure: (windowMs) => msPerIteration(iterate, windowMs),
    close: () => {
      for (const array of [...constants, decoder]) array.dispose();
      step.dispose();
    },
  };
}
