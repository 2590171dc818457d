/**
 * The nearest β with Σ β = 0 and β ≤ 0 off the support, in place: b − τ, clipped at 0 off the support. τ falls from the mean as words are
 * clipped, and none is let go again.
 */
export function projectOntoCone(b: Float64Array, isIn: Uint8Array): void {
  let tau = Infinity;
  for (;;) {
    let [sum, count] = [0, 0];
    for (let v = 0; v < b.length; v++) {
      if (!isIn[v] && b[v]! > tau) continue;
      sum += b[v]!;
      count++;
    }
    if (!(sum / count < tau)) break;
    tau = sum / count;
  }
  for (let v = 0; v < b.length; v++) b[v] = isIn[v] ? b[v]! - tau : Math.min(b[v]! - tau, 0);
}
