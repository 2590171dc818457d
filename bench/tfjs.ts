import { denseArrays, FLOAT32_ROUNDOFF, type Contestant, type Entry, type Setting } from "./contestant.ts";
import { msPerIteration } from "./timing.ts";

/** What is used of TensorFlow.js; its own types are there only once it is installed. */
interface Tensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}
interface TensorFlow {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tidy(compute: () => Tensor): Tensor;
  tensor2d(values: Float32Array, shape: [number, number]): Tensor;
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  softmax(logits: Tensor): Tensor;
  logSoftmax(logits: Tensor): Tensor;
  mul(a: Tensor, b: Tensor): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  neg(x: Tensor): Tensor;
  sum(x: Tensor): Tensor;
  slice(x: Tensor, begin: number[], size: number[]): Tensor;
  grad(f: (x: Tensor) => Tensor): (x: Tensor) => Tensor;
}

/** Made by bench/peers.mjs. */
const MODULE = "/bench/node_modules/.peers/tfjs.js";

async function loadTensorFlow(): Promise<TensorFlow> {
  const tf = (await import(/* @vite-ignore */ MODULE)) as TensorFlow;
  if (!(await tf.setBackend("webgpu"))) throw new Error("tfjs: its WebGPU backend did not start");
  await tf.ready();
  return tf;
}

/** The gradient written out by hand (contexts as rows, so that nothing is transposed), and that of the loss. */
export const tfjsEntries: readonly Entry[] = (["by hand", "grad"] as const).map((form) => ({
  peer: "tfjs-webgpu",
  form,
  roundoff: FLOAT32_ROUNDOFF,
  open: (setting) => open(setting, form),
}));

async function open(setting: Setting, form: "by hand" | "grad"): Promise<Contestant> {
  const tf = await loadTensorFlow();
  const { contextCount: m, vocabularySize: V, embeddingDim: d } = setting.problem;
  const dense = denseArrays(setting);
  const embeddings = tf.tensor2d(dense.embeddings, [m, d]);
  const labels = tf.tensor2d(form === "by hand" ? dense.labels : dense.scaledLabels, [m, V]);
  const scaled = tf.tensor2d(dense.scaled, [m, d]);
  const logits = (decoder: Tensor): Tensor => tf.matMul(embeddings, decoder, false, true);
  const byHand = (decoder: Tensor): Tensor =>
    tf.matMul(tf.sub(tf.softmax(logits(decoder)), labels), scaled, true, false);
  const ofLoss = tf.grad((decoder) => tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits(decoder)), labels))));
  const gradient = form === "by hand" ? byHand : ofLoss;

  let decoder = tf.tensor2d(setting.start, [V, d]);
  const iterate = async (count: number): Promise<void> => {
    for (let k = 0; k < count; k++) {
      const next = tf.tidy(() => tf.sub(decoder, gradient(decoder)));
      decoder.dispose();
      decoder = next;
    }
    const corner = tf.slice(decoder, [0, 0], [1, 1]);
    await corner.data();
    corner.dispose();
  };
  return {
    decoderAfter: async (steps) => {
      decoder.dispose();
      decoder = tf.tensor2d(setting.start, [V, d]);
      await iterate(steps);
      return decoder.data();
    },
    measure: (windowMs) => msPerIteration(iterate, windowMs),
    close: () => [embeddings, labels, scaled, decoder].forEach((tensor) => tensor.dispose()),
  };
}
