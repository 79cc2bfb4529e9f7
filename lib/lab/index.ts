/** The practice cluster: real etcd, kube-apiserver, OVN and OVS on one machine, a stand-in for Kube-OVN's controller. */
export { labDown } from './down.ts'
export type { LabOptions, Profile } from './state.ts'
export { labUp } from './up.ts'
