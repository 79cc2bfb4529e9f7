/** The practice cluster: real etcd, kube-apiserver, OVN and OVS on one machine, a stand-in for Kube-OVN's controller. */
export { labDown } from './down.ts'
export { type Lab, listLabs, openLab } from './lab.ts'
export type { LabPod, PodSpec } from './pods.ts'
export type { LabSnapshot } from './snapshot.ts'
export { type LabOptions, PROFILES, type Profile } from './state.ts'
export { type LabStatus, labShell, labStatus } from './status.ts'
export { labUp } from './up.ts'
