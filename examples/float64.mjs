// Everything without a GPU, in double precision, for small problems: both limits, what theory predicts, a run, the verdict.
import {
  describePredictions,
  describeVerdict,
  findLimitsInFloat64,
  limitFacts,
  predict,
  predictionRows,
  trainInFloat64,
} from "next-token-bias";
import { problem } from "./counts.mjs";

const limits = await findLimitsInFloat64(problem);
console.log("W*:", limits.finite?.status);
console.log("W_mm:", limits.margin?.status);

const { trace, stepSize, optimizer, schedule } = await trainInFloat64(problem, { steps: 5000, towards: limits });
console.log("loss gap:", trace.at(-1)?.lossGap);

const laws = await predict(problem, limits, { optimizer, schedule, stepSize });
const { verdict } = limitFacts(problem, limits, { trace, stepSize });
for (const { name, text } of [...describePredictions(predictionRows(laws, trace)), ...describeVerdict(verdict)])
  console.log(`${name}: ${text}`);
