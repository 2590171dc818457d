/** A term of the page, and what it means. */
export interface Term {
  readonly name: string;
  /** Other ways in which it is written. */
  readonly also?: readonly string[];
  /** One to three sentences. */
  readonly meaning: string;
}

/** Words and symbols that a reader may not know, each explained here and nowhere else. */
export const GLOSSARY: readonly Term[] = [
  {
    name: "CE",
    meaning:
      "Cross-entropy, the loss: the mean over contexts of −log of the probability that the model gives the next word, in nats.",
  },
  {
    name: "H",
    meaning:
      "The entropy of the next words, in nats: the loss of a model that knows their probabilities exactly. CE is never below it. Where embeddings are trained, ‖H‖ and H Wᵀ have another H: the matrix of context vectors.",
  },
  {
    name: "loss gap",
    meaning:
      "CE − H: what is left of the loss above its entropy bound. Not to be mistaken for the relative gap of a proof.",
  },
  {
    name: "relative gap",
    meaning:
      "How far a solution can be from the best, (P − D)/P, as a lower and an upper bound prove it. It says how sure W_mm is, and has nothing to do with the loss gap.",
  },
  {
    name: "in support",
    also: ["in-support gap", "in-support"],
    meaning:
      "Among the words that do follow a context, its support. The in-support gap is the part of the loss gap that wrong ratios between these words make.",
  },
  {
    name: "off support",
    also: ["off-support gap", "off-support"],
    meaning:
      "Among the words that never follow a context. The off-support gap is the part of the loss gap that the probability makes which they still have.",
  },
  {
    name: "F",
    also: ["data subspace"],
    meaning:
      "The data subspace: the matrices that set differences of logits between words of one support, and nothing else. What probabilities ask for is in it.",
  },
  {
    name: "P_F",
    meaning: "Projection onto the data subspace F. P_F(W) is the part of W that lies in F; it stays finite.",
  },
  {
    name: "W*",
    meaning:
      "The finite part of the limit: the matrix in F whose logits differ, on every support, as the logarithms of the probabilities do. P_F(W) tends to it.",
  },
  {
    name: "W⊥",
    meaning:
      "W − P_F(W): the part of W outside F, which decides how far behind the words off the supports are. It grows without end.",
  },
  {
    name: "W_mm",
    meaning:
      "The max-margin decoder: the smallest matrix that scores the words of a support equally, and ahead of all others by at least 1, in every context. Its direction is where W turns.",
  },
  {
    name: "margin",
    meaning:
      "How far the words that follow are ahead of those that never do, in the closest case, for W scaled to length 1. The best that there is is 1/‖W_mm‖.",
  },
  {
    name: "margin · ‖W_mm‖",
    meaning:
      "The margin of W as a part of the best one, 1/‖W_mm‖. It is 1 when W points along W_mm, and below zero while a word that never follows leads.",
  },
  {
    name: "secant alignment",
    also: ["cos(ΔW⊥, W_mm)"],
    meaning:
      "The cosine between W_mm and what W⊥ has gained since a tenth of the steps. What stays the same drops out of a difference, so that this is near to 1 long before the cosine of W is.",
  },
  { name: "η", meaning: "The step size: how much of the gradient is taken off in a step." },
  {
    name: "L",
    meaning:
      "Smoothness: a bound on how fast the gradient can change. With steps below 2/L the loss falls at every step. Where embeddings are trained, L = H Wᵀ are the logits.",
  },
  {
    name: "η_c",
    also: ["edge of stability"],
    meaning:
      "The edge of stability: with longer steps gradient descent does not settle at W*, but keeps swinging around it.",
  },
  {
    name: "L_in",
    meaning:
      "The finite part of trained logits: log-probabilities, centred over the words that follow, and 0 elsewhere.",
  },
  {
    name: "L_mm",
    meaning:
      "The growing part of trained logits: those of least nuclear norm that score the words of a support equally, and ahead of all others by at least 1. It depends on the supports alone.",
  },
  {
    name: "S̃",
    meaning:
      "The centred support matrix: 1 for a word that follows a context and 0 for one that does not, less the mean of the row. As a rule L_mm is near to it.",
  },
  {
    name: "collapse",
    meaning:
      "Contexts with the same next words come to the same place, whatever the probabilities, apart from their finite part.",
  },
];
