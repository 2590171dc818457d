import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { readAverages, ruleNumbers, writeAverages, type EntryRule } from "./entry-rule.wgsl.ts";
import { scheduledStep } from "./scheduled-step.wgsl.ts";

/** What the steps of a run in one workgroup go along. */
export type OneWorkgroupStepKind = "gradient" | "sum" | "unit" | "max" | EntryRule;

const averages = ["moving[first_place]", "moving[first_place + part]"];

/** Whether the length of a step follows from the whole gradient. */
const isMeasured = (step: OneWorkgroupStepKind): boolean => step === "unit" || step === "max";

/** What steps whose length is measured need of the workgroup's memory. */
export const stepMemory = (step: OneWorkgroupStepKind, lanes: number): string =>
  isMeasured(step) ? `var<workgroup> parts: array<f32, ${lanes}>;` : "";

/**
 * Statements of one step of an optimiser, by all threads of the workgroup: `moving` has what has moved from moved_first on, then,
 * from gradient_first + part on, what the method keeps. From `taken`, `k`, `length` and params.step_size, slowing, falling, scale and decay.
 * @param gradient the expression of entry i, times params.scale
 * @param after statements for each entry i that has moved, which know `step_size`
 */
export function oneWorkgroupStep(step: OneWorkgroupStepKind, lanes: number, gradient: string, after = ""): string {
  return wgsl`    let step_size = ${scheduledStep("taken + k")};
#if ${isMeasured(step)}
    var own = 0.0;
    for (var i = lane; i < length; i += ${lanes}u) {
      own += ${step === "unit" ? `${gradient} * ${gradient}` : `abs(${gradient})`};
    }
    parts[lane] = own;
    // every thread needs the sums of all
    workgroupBarrier();
    var total = 0.0;
    for (var i = 0u; i < ${lanes}u; i++) {
      total += parts[i];
    }
    // before the next step writes them
    workgroupBarrier();
#if ${step === "unit"}
    let step_length = select(0.0, step_size / sqrt(total), total > 0.0);
#else
    let step_length = step_size * (total / params.scale);
#endif
#endif
    let step_number = f32(taken + k + 1u);
${typeof step === "string" ? "" : ruleNumbers(step) + step.once}
    for (var i = lane; i < length; i += ${lanes}u) {
      let g = ${gradient};
#if ${step === "gradient"}
      moving[moved_first + i] -= step_size * (g / params.scale);
#elif ${step === "sum"}
      let turned = params.decay * moving[gradient_first + part + i] + g;
      moving[gradient_first + part + i] = turned;
      moving[moved_first + i] -= step_size * (turned / params.scale);
#elif ${step === "unit"}
      moving[moved_first + i] -= step_length * g;
#elif ${step === "max"}
      moving[moved_first + i] -= step_length * sign(g);
#else
      let first_place = gradient_first + part + i;
${typeof step === "string" ? "" : entryStep(step)}
      moving[moved_first + i] -= step_size * direction;
#endif
${after}    }
`;
}

const entryStep = (rule: EntryRule): string => `${readAverages(rule, averages)}${rule.entry}
${writeAverages(rule, averages)}`;
