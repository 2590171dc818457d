import { name, repository, version } from "../../package.json";

/** BibTeX of this program and of the two papers whose statements it computes. */
export const CITATION = `@software{next_token_bias,
  title   = {${name}},
  author  = {{the ${name} developers}},
  version = {${version}},
  url     = {https://github.com/${repository.replace("github:", "")}},
}

@inproceedings{thrampoulidis2024implicit,
  title         = {Implicit Optimization Bias of Next-Token Prediction in Linear Models},
  author        = {Thrampoulidis, Christos},
  booktitle     = {Advances in Neural Information Processing Systems},
  year          = {2024},
  eprint        = {2402.18551},
  archivePrefix = {arXiv},
}

@inproceedings{zhao2024geometry,
  title         = {Implicit Geometry of Next-token Prediction: From Language Sparsity Patterns to Model Representations},
  author        = {Zhao, Yize and Behnia, Tina and Vakilian, Vala and Thrampoulidis, Christos},
  booktitle     = {First Conference on Language Modeling},
  year          = {2024},
  eprint        = {2408.15417},
  archivePrefix = {arXiv},
}
`;
