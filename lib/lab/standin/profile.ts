/**
 * Which Kube-OVN the stand-in behaves like: everything that differs between versions is a value in this table, and nothing else asks
 * for the version. Sources: shared/recordings (v1.16.2, v1.11.24); v1.5 is v1.11.24 through the name table of reality.md.
 */

/** `SWITCH` in a name stands for `--external-gateway-switch`, `NET` for `--external-gateway-net`. */
export interface Profile {
  readonly version: string
  readonly flags: { readonly switch: string; readonly net: string }
  readonly names: { readonly localnet: string; readonly bridge: string; readonly mapping: string }
  /** external_ids Kube-OVN marks its rows with; `LS`, `LR`, `LRP`, `POD`, `IP`, `SUBNET` stand for the row's own. */
  readonly marks: {
    readonly switch: Marks
    readonly switchPort: Marks
    readonly podPort: Marks
    readonly routerPort: Marks
    readonly chassis: Marks
    readonly route: Marks
    readonly policy: Marks
  }
  /** How a pod's packets are sent to the next hop (R3). */
  readonly reroute: 'policy' | 'route'
  /** options of a NAT row on a centralized gateway. */
  readonly natOptions: Readonly<Record<string, string>>
  /** A new EIP of a pod: its other dnat_and_snat rows are kept (R12) or removed. */
  readonly otherEips: 'keep' | 'remove'
  /** An EIP that is another pod's: no row and `routed` all the same, or an error and no `routed` (R14). */
  readonly takenEip: 'skip' | 'refuse'
  /** Which NAT rows go with a pod (R18, R32). */
  readonly podGone: 'annotated' | 'itsAddress'
  readonly disable: {
    /** The switch that is deleted: v1.16.2 means a name that no current cluster uses, so that all stays (R7). */
    readonly deletes: string
    readonly clearsNat: boolean
    readonly clearsVpc: boolean
  }
  /** The default VPC is synced to `src-ip` routes of all NAT rows and to the router's options (R3). */
  readonly vpcSync: boolean
  /** Every start deletes the 29250 policies (R31). */
  readonly startGc: boolean
  /** `extraExternalSubnets` makes the ConfigMap ignored (R8). */
  readonly extraSubnets: boolean
  /** Lines of controller.log that differ; `LRP`, `LSP`, `ADDRESS`, `NODE`, `CHASSIS` stand for the gateway's own. */
  readonly log: {
    readonly gateway: string
    readonly noNextHop: string
    readonly lrpExists: string
    readonly last: string
    readonly chassis: readonly Line[]
    readonly build: readonly Line[]
    readonly remove: readonly Line[]
  }
}

/** File with line, and text. */
type Line = readonly [from: string, text: string]
type Marks = Readonly<Record<string, string>>
const VENDOR = { vendor: 'kube-ovn' }

const v1_16_2: Profile = {
  version: 'v1.16.2',
  flags: { switch: 'external', net: 'external' },
  names: { localnet: 'localnet.SWITCH', bridge: 'br-SWITCH', mapping: 'SWITCH' },
  marks: {
    switch: VENDOR,
    switchPort: { ...VENDOR, ls: 'LS' },
    podPort: { ...VENDOR, ls: 'LS', pod: 'POD' },
    routerPort: { ...VENDOR, lr: 'LR' },
    chassis: { lrp: 'LRP' },
    route: VENDOR,
    policy: { ...VENDOR, subnet: 'SUBNET' },
  },
  reroute: 'policy',
  natOptions: {},
  otherEips: 'keep',
  takenEip: 'skip',
  podGone: 'annotated',
  disable: { deletes: 'ovn-external', clearsNat: false, clearsVpc: true },
  vpcSync: true,
  startGc: true,
  extraSubnets: true,
  log: {
    gateway: 'external_gw.go',
    noNextHop: 'failed to get subnet SWITCH, subnet.kubeovn.io "SWITCH" not found',
    lrpExists: 'lrp LRP already exist',
    last: 'last external gw configmap: ',
    chassis: [['external_gw.go:265', 'get node NODE chassis: CHASSIS']],
    build: [],
    remove: [],
  },
}

const v1_11_24: Profile = {
  version: 'v1.11.24',
  flags: { switch: 'external', net: 'external' },
  names: { localnet: 'localnet.SWITCH', bridge: 'br-SWITCH', mapping: 'SWITCH' },
  marks: {
    switch: VENDOR,
    switchPort: {},
    podPort: { ...VENDOR, ls: 'LS', pod: 'POD', ip: 'IP' },
    routerPort: {},
    chassis: {},
    route: {},
    policy: { ...VENDOR, subnet: 'SUBNET' },
  },
  reroute: 'route',
  natOptions: { stateless: 'false' },
  otherEips: 'remove',
  takenEip: 'refuse',
  podGone: 'itsAddress',
  disable: { deletes: 'SWITCH', clearsNat: true, clearsVpc: false },
  vpcSync: false,
  startGc: false,
  extraSubnets: false,
  log: {
    gateway: 'external-gw.go',
    noNextHop: 'no available gateway nic address',
    lrpExists: 'lrp LRP exist',
    last: 'last external gw configmap: %v',
    chassis: [],
    build: [
      ['ovn-nbctl-legacy.go:652', 'add vpc lrp LRP, ip ADDRESS'],
      ['ovn-nbctl-legacy.go:653', 'add lsp LSP'],
    ],
    remove: [
      ['ovn-nbctl-legacy.go:695', 'delete gw switch SWITCH'],
      ['ovn-nbctl-legacy.go:696', 'delete gw lrp LRP'],
    ],
  },
}

const v1_5: Profile = {
  ...v1_11_24,
  version: 'v1.5',
  flags: { switch: 'ovn-external', net: 'external' },
  names: { localnet: 'ln-SWITCH', bridge: 'br-external', mapping: 'NET' },
}

export const PROFILES: Readonly<Record<string, Profile>> = { 'v1.16.2': v1_16_2, 'v1.11.24': v1_11_24, 'v1.5': v1_5 }
