// A finished run's team as one that ships: team file, weights under fixed names, and where all of
// it is from. Only what a command has made from a clean commit ships, with the mixture that the run
// itself has chosen.
#ifndef HCSP_PIPELINE_SHIP_H_
#define HCSP_PIPELINE_SHIP_H_

#include "sim/base/status.h"

// Copies the team of the run folder `run` into the folder `into` (that of the shipped policies):
// teams/NAME.yaml, strategies/NAME-00.safetensors and so on, skills/NAME/SKILL.safetensors with
// critic and calibration. A skill that lies in skills/ with the same bytes is named, not copied.
// The team file begins with the commands, commits, seeds and CPU times of the run's parts and with
// what chose the mixture. SIM_BAD_INPUT, and nothing is written, when a part of the run is not
// complete, a commit had changes of its own ("+") or is unknown, the team is not the one that the
// run has deployed, is flat, or NAME ships already; SIM_USAGE for a bad name.
SimStatus pipeline_ship(const char *run, const char *name, const char *into, SimError *err);

#endif  // HCSP_PIPELINE_SHIP_H_
