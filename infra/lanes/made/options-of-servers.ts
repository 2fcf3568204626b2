import type { LocalPorts } from '../../../domain/plan/plan.js';

/** Options of the kinds of lane that publish their servers on this machine. */
export interface OptionsOfServers {
  readonly ports: LocalPorts;
  readonly targetSealKey: string;
}

/** In which a lane that is there is not the one that is asked for; a clause each, for {@link assertNoDifferences}. */
export const differencesOf = (there: OptionsOfServers, asked: OptionsOfServers): readonly string[] => {
  const recorded: Readonly<Record<string, number | undefined>> = { ...there.ports };
  return [
    ...Object.entries(asked.ports)
      .filter(([name, port]) => port !== undefined && port !== recorded[name])
      .map(([name, port]) => `port of ${name} is ${recorded[name]}, not ${port}`),
    ...(asked.targetSealKey === there.targetSealKey
      ? []
      : [`target is sealed by ${there.targetSealKey}, not ${asked.targetSealKey}`]),
  ];
};
