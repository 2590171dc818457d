declare module "wgsl-preprocessor/wgsl-preprocessor.js" {
  /** Template tag with `#if ${condition}`, `#elif`, `#else`, `#endif`; other values are put in as text. */
  export function wgsl(strings: TemplateStringsArray, ...values: unknown[]): string;
}
