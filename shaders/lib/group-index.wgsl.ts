import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

/** Number of this workgroup where they are laid out on x, then y (at most 65,535 on x). */
export const groupIndex: string = wgsl`
fn group_index(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}
`;
