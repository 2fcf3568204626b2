/**
 * `PATH` of a program that moves the clients. It is fixed, so that the program does the same on every worker; a program that
 * needs more sets it itself.
 */
export const commandPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The variable that carries the fencing counter of a move. */
export const fencingCounter = 'OPENBAO_DR_FENCING_COUNTER';
