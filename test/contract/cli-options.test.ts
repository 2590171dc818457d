import { OPTIMIZERS } from "../../src/training/methods/method.ts";
import { describe, expect, it } from "vitest";
import { HELP, parseCommand, UsageError, flagOf } from "../../src/cli/options.ts";

const parse = (line: string) => parseCommand(line.split(" ").filter(Boolean));

describe("the command line", () => {
  it("sets nothing that was not given: defaults are the library's", () => {
    expect(parse("analyse x.npz")).toEqual({
      command: "analyse",
      file: "x.npz",
      evaluate: undefined,
      out: undefined,
      isPreview: false,
      options: { corpus: {} },
    });
  });

  it("reads every option", () => {
    const line =
      "analyse a.txt --steps 1e5 --optimizer adam --betas 0.8,0.95 --epsilon 1e-6 --schedule inverse-sqrt --step-size 0.5 --limits-within 5 --ridge 1e-1,0.01 --nuclear --trained-embeddings --from-embeddings --dimension 12 --smoothing 1e-6 --record 0,1,10 --evaluate W.npy --seed 7 --out results --tokens characters" +
      " --contexts prefixes --context-length 3 --min-count 2 --max-vocabulary 50 --max-contexts 99 --embedding positional --dim 16";
    expect(parse(line)).toEqual({
      command: "analyse",
      file: "a.txt",
      evaluate: "W.npy",
      out: "results",
      isPreview: false,
      options: {
        steps: 100000,
        optimizer: "adam",
        betas: [0.8, 0.95],
        epsilon: 1e-6,
        schedule: "inverse-sqrt",
        stepSize: 0.5,
        limitsWithin: 5,
        ridge: [0.1, 0.01],
        nuclear: true,
        trainedEmbeddings: true,
        fromEmbeddings: true,
        dimension: 12,
        smoothing: 1e-6,
        record: [0, 1, 10],
        seed: 7,
        corpus: {
          tokens: "characters",
          contexts: "prefixes",
          contextLength: 3,
          minCount: 2,
          maxVocabulary: 50,
          maxContexts: 99,
          embedding: "positional",
          embeddingDim: 16,
        },
      },
    });
  });

  it("takes a tokenizer for a text, in place of --tokens", () => {
    expect(parse("analyse a.txt --tokenizer b.json --contexts prefixes")).toMatchObject({
      tokenizer: "b.json",
      options: { corpus: { contexts: "prefixes" } },
    });
  });

  it("takes no folder for a preview, which writes nothing", () => {
    expect(parse("analyse a.csv")).toMatchObject({ isPreview: false });
    expect(parse("analyse a.csv --preview")).toMatchObject({ isPreview: true, options: { corpus: {} } });
    expect(() => parse("analyse a.csv --preview --out x")).toThrow(
      new UsageError("--out: expected none beside --preview, which writes nothing"),
    );
  });

  it("takes word vectors for a table, or a text", () => {
    expect(parse("analyse a.csv --vectors v.txt")).toMatchObject({ vectors: "v.txt", options: { corpus: {} } });
  });

  it.each(["words", "spaces", "characters"] as const)("cuts a text into %s", (tokens) => {
    expect(parse(`analyse a.txt --tokens ${tokens}`)).toMatchObject({ options: { corpus: { tokens } } });
  });

  it("takes the embedding of counts in an npz", () => {
    expect(parse("analyse x.npz --dim 3 --embedding orthonormal")).toMatchObject({
      options: { corpus: { embeddingDim: 3, embedding: "orthonormal" } },
    });
  });

  it("reads the words safe and log, an equals sign, options before the file, and a file after --", () => {
    expect(parse("analyse --step-size=safe x.npz --record log")).toMatchObject({
      file: "x.npz",
      options: { stepSize: "safe", record: "log" },
    });
    expect(parse("analyse -- --odd.npz")).toMatchObject({ file: "--odd.npz" });
  });

  it("answers --help and --version whatever else is there", () => {
    for (const line of ["--help", "-h", "analyse --help", "analyse --steps abc --help"])
      expect(parse(line)).toEqual({ command: "help" });
    expect(parse("--version")).toEqual({ command: "version" });
  });

  it.each([
    ["", "expected a command: next-token-bias analyse FILE (--help tells more)"],
    ["analise x.npz", "unknown command analise: expected analyse"],
    ["analyse", "analyse: expected a file, found none"],
    ["analyse a.npz b.npz", "analyse: expected one file, found 2: a.npz, b.npz"],
    ["analyse x.npz --stesp 5", "unknown option --stesp: did you mean --steps?"],
    ["analyse x.npz --stepsize 5", "unknown option --stepsize: did you mean --step-size?"],
    ["analyse x.npz --wombat", "unknown option --wombat: --help lists all of them"],
    ["analyse x.npz --constructor 1", "unknown option --constructor: --help lists all of them"],
    ["analyse x.npz -q", "unknown option -q: --help lists all of them"],
    ["analyse x.npz --steps abc", "--steps: expected a whole number from 0 to 1000000000, found abc"],
    ["analyse x.npz --steps -1", "--steps: expected a whole number from 0 to 1000000000, found -1"],
    ["analyse x.npz --steps 1.5", "--steps: expected a whole number from 0 to 1000000000, found 1.5"],
    ["analyse x.npz --steps 0x10", "--steps: expected a whole number from 0 to 1000000000, found 0x10"],
    ["analyse x.npz --steps 1e400", "--steps: expected a whole number from 0 to 1000000000, found 1e400"],
    ["analyse x.npz --steps", "--steps: expected a whole number from 0 to 1000000000, found nothing"],
    ["analyse x.npz --steps --seed 3", "--steps: expected a whole number from 0 to 1000000000, found --seed"],
    ["analyse x.npz --steps 1000000001", "--steps: expected a whole number from 0 to 1000000000, found 1000000001"],
    ["analyse x.npz --steps 5 --record 1,6", "--record: expected whole numbers from 0 to 5, found 6"],
    [
      "analyse x.npz --record 1,2000000000",
      "--record: expected log or ascending whole numbers up to 1000000000 such as 1,10,100, found 1,2000000000",
    ],
    ["analyse x.npz --betas 0.9,0.99", '--betas: the optimizer "gradient-descent" has no such constant'],
    ["analyse x.npz --optimizer momentum --betas 0.9,0.99", '--betas: the optimizer "momentum" has no such constant'],
    ["analyse x.npz --optimizer adam --momentum 0.9", '--momentum: the optimizer "adam" has no such constant'],
    ["analyse x.npz --optimizer normalised --epsilon 1", '--epsilon: the optimizer "normalised" has no such constant'],
    ["analyse x.npz --optimizer adam --betas 0.9", "--betas: expected two numbers such as 0.9,0.99, found 0.9"],
    ["analyse x.npz --optimizer adam --betas 0.9,1", "--betas: expected a number from 0 to 0.9999, found 1"],
    ["analyse x.npz --optimizer adam --epsilon 2", "--epsilon: expected a number from 0 to 1, found 2"],
    ["analyse x.npz --optimizer momentum --momentum x", "--momentum: expected a number, found x"],
    [
      "analyse x.npz --optimizer adam --step-size safe",
      '--step-size: expected a number for the optimizer "adam", whose steps do not shrink with the gradient, found "safe"',
    ],
    ["analyse x.npz --seed -1", "--seed: expected a whole number of at least 0, found -1"],
    ["analyse x.npz --step-size -0.5", "--step-size: expected a positive number or safe, found -0.5"],
    ["analyse x.npz --step-size Infinity", "--step-size: expected a positive number or safe, found Infinity"],
    ["analyse x.npz --step-size NaN", "--step-size: expected a positive number or safe, found NaN"],
    [
      "analyse x.npz --record 1,5,5",
      "--record: expected log or ascending whole numbers up to 1000000000 such as 1,10,100, found 1,5,5",
    ],
    [
      "analyse x.npz --record 1,",
      "--record: expected log or ascending whole numbers up to 1000000000 such as 1,10,100, found 1,",
    ],
    [
      "analyse x.npz --ridge 1e-2,1e-1",
      "--ridge: expected descending positive numbers such as 1e-1,1e-2, found 1e-2,1e-1",
    ],
    ["analyse x.npz --ridge 0.1,0", "--ridge: expected descending positive numbers such as 1e-1,1e-2, found 0.1,0"],
    ["analyse x.npz --from-embeddings=yes", "--from-embeddings: expected no value, found yes"],
    ["analyse x.npz --smoothing 0", "--smoothing: expected a number above 0 and below 1, found 0"],
    ["analyse x.npz --smoothing 1", "--smoothing: expected a number above 0 and below 1, found 1"],
    ["analyse x.npz --smoothing a-bit", "--smoothing: expected a number above 0 and below 1, found a-bit"],
    ["analyse x.npz --optimizer sgd", `--optimizer: expected ${OPTIMIZERS.join(" or ")}, found sgd`],
    ["analyse x.npz --limits-within soon", "--limits-within: expected a number of seconds, found soon"],
    ["analyse x.npz --out", "--out: expected a file name, found nothing"],
    ["analyse x.npz --out --steps", "--out: expected a file name, found --steps"],
    ["analyse a.txt --tokens bytes", "--tokens: expected words or spaces or characters, found bytes"],
    ["analyse a.txt --max-vocabulary 1", "--max-vocabulary: expected a whole number from 2 to 2147483648, found 1"],
    ["analyse a.txt --embedding onehot", "--embedding: expected gaussian or orthonormal or positional, found onehot"],
    ["analyse x.safetensors --min-count 3", "--min-count: expected a text or JSON to go with it, found x.safetensors"],
    ["analyse x.npz --tokenizer b.json", "--tokenizer: expected a text to go with it, found x.npz"],
    ["analyse x.npz --vectors v.txt", "--vectors: expected a table or text to go with it, found x.npz"],
    [
      "analyse x.txt --tokenizer b.json --tokens spaces",
      "--tokens: expected none beside --tokenizer, which cuts the text",
    ],
    ["analyse x.npz --context-length 3", "--context-length: expected a text or JSON to go with it, found x.npz"],
  ])("refuses “%s” in one line", (line, message) => {
    expect(() => parse(line)).toThrow(new UsageError(message));
    expect(message).not.toContain("\n");
  });

  it("has its own names for the library's options", () => {
    expect(flagOf("stepSize")).toBe("--step-size");
    expect(flagOf("embeddingDim")).toBe("--dim");
    expect(flagOf("betas[1]")).toBe("--betas");
    expect(flagOf("towards.margin")).toBeUndefined();
  });

  it("says in its help what the constants of the optimisers are", () => {
    expect(HELP).toMatch(/--betas β1,β2 +of adam, 0 to 0.9999 \(0.9,0.99, as in the paper\)/);
    expect(HELP).toMatch(/--momentum β +of momentum, signed-momentum and muon, 0 to 0.9999 \(0.9, 0.95 for muon\)/);
    expect(HELP).toMatch(/--epsilon ε +of adam, 0 to 1 \(1e-8\)/);
  });

  it("has every option in its help", () => {
    for (const name of ["steps", "step-size", "record", "evaluate", "seed", "out", "tokens", "contexts", "dim"])
      expect(HELP).toContain(`--${name} `);
  });
});
