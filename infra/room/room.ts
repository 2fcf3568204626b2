/** The words of a room: what is asked for, and what a step has of an open one. */
import type { OpenBao } from '../../systems/openbao/api/client.js';
import type { SealStanza } from '../../systems/openbao/seal/stanza/seal-stanza.js';
import type { Place } from './place/start-place.js';
import type { RoomKind } from '../../domain/recovery/room-kind.js';

export interface RoomRequest {
  /** A run has one room at a time: what is left of one before is swept when the next is opened. */
  readonly runId: string;
  /** Where rooms are kept; each has a folder of its own in it. */
  readonly rooms: string;
  /** Path of the `bao` program that restores: the snapshot's own version, or another for the rehearsal of an upgrade. */
  readonly bao: string;
  readonly seal: SealStanza;
  /** The seal's secrets by the names of its attributes, as their references were resolved. They reach OpenBao by its environment. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** What the snapshot's store comes to, unpacked. */
  readonly storeBytes: number;
  /** Folder of the plugins that the seal or the store needs; shown read-only. */
  readonly pluginFolder?: string | undefined;
  /** The program in that folder that is the seal, where this OpenBao has it as a plugin (from 2.7: all but transit, static and kmip). */
  readonly sealPlugin?: string | undefined;
  /** Default: `sealed`. */
  readonly kind?: RoomKind;
  readonly signal?: AbortSignal | undefined;
}

/** An open room. Whoever opened it closes it; if this process dies before that, everything in the room dies with it. */
export interface Room extends AsyncDisposable {
  readonly runId: string;
  readonly kind: RoomKind;
  readonly seal: SealStanza;
  /** Its own, removed when it is closed. */
  readonly folder: string;
  /** Its own OpenBao's log, for as long as it is open. */
  readonly logFile: string;
  /** The only way in: over its socket. */
  readonly openbao: OpenBao;
  /** Of the `bao` that runs. */
  readonly version: string;
  readonly place: Place;
  /** How many connections the relay has led to the seal's address so far. */
  readonly relayed: () => number;
  /** Ends everything in the room and removes its folder. May be called again. */
  close(): Promise<void>;
}
