/** Why there is no usable GPU; `advice` of {@link GpuUnavailableError} says what to do about each. */
export type GpuUnavailableReason =
  "insecure-context" | "no-api" | "no-adapter" | "software-adapter" | "limits" | "feature" | "lost";

const GPU_ADVICE: Record<GpuUnavailableReason, string> = {
  "insecure-context": "Open the page over https, or as http://localhost on this machine.",
  "no-api": "Use a browser with WebGPU: Chrome or Edge 113 and later, Safari 26, Firefox 141.",
  "no-adapter":
    "Check that hardware acceleration is on in the browser's settings (chrome://gpu tells); headless Chrome needs --enable-unsafe-webgpu.",
  "software-adapter": "Allow the software adapter (slower, same figures), or use a machine with a GPU.",
  limits: "Make the problem smaller, or use a GPU with more memory.",
  feature: "Leave the optional feature out, or use another GPU.",
  lost: "Reload the page; if it happens again, make the problem smaller.",
};

/** Base of every error thrown on purpose: `code` is stable, `message` is one sentence for people. */
export class NextTokenBiasError extends Error {
  // written out, because a minifier renames classes
  override readonly name: string = "NextTokenBiasError";
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** No GPU device could be had. */
export class GpuUnavailableError extends NextTokenBiasError {
  override readonly name = "GpuUnavailableError";
  readonly reason: GpuUnavailableReason;
  /** What the reader can do, one sentence. */
  readonly advice: string;
  constructor(
    reason: GpuUnavailableReason,
    message: string,
    { advice = GPU_ADVICE[reason], ...options }: ErrorOptions & { readonly advice?: string } = {},
  ) {
    super("GPU_UNAVAILABLE", message, options);
    this.reason = reason;
    this.advice = advice;
  }
}

/** The device went away while work was under way; open a new one and continue from the last state. */
export class DeviceLostError extends NextTokenBiasError {
  override readonly name = "DeviceLostError";
  constructor(message: string, options?: ErrorOptions) {
    super("DEVICE_LOST", message, options);
  }
}

/** What came back from the GPU was not what it had sent, told by the receipt, and fetching it again did not help. */
export class ReadbackError extends NextTokenBiasError {
  override readonly name = "ReadbackError";
  constructor(message: string) {
    super("READBACK", message);
  }
}

/** A kernel did not compile, or the device refused what was recorded. */
export class KernelError extends NextTokenBiasError {
  override readonly name = "KernelError";
  constructor(message: string) {
    super("KERNEL", message);
  }
}

/** An array has another length or shape than the call asks for. */
export class ShapeError extends NextTokenBiasError {
  override readonly name = "ShapeError";
  constructor(message: string) {
    super("SHAPE", message);
  }
}

/** The next-token problem itself is not well formed: where, what was expected, what was found. */
export class ProblemError extends NextTokenBiasError {
  override readonly name = "ProblemError";
  constructor(message: string) {
    super("PROBLEM", message);
  }
}

/** A file cannot be read as what it claims to be. */
export class FileError extends NextTokenBiasError {
  override readonly name = "FileError";
  /** The file's name as given. */
  readonly file: string;
  constructor(file: string, message: string, options?: ErrorOptions) {
    super("FILE", `${file}: ${message}`, options);
    this.file = file;
  }
}

/** An option has a value outside of its range, or a name that does not exist. */
export class OptionError extends NextTokenBiasError {
  override readonly name = "OptionError";
  /** The option, as the call names it: `stepSize`, `towards.margin`, `betas[0]`. */
  readonly option: string;
  /** What was expected and what was found. */
  readonly complaint: string;
  constructor(option: string, complaint: string) {
    super("OPTION", `${option}: ${complaint}`);
    this.option = option;
    this.complaint = complaint;
  }
}

/** A call that the object's state does not allow: a run iterated twice, say. */
export class StateError extends NextTokenBiasError {
  override readonly name = "StateError";
  constructor(message: string) {
    super("STATE", message);
  }
}
