// Model-based skills for all eleven slots: the strike state follows from exact ballistics, the
// manoeuvre to it from a small optimisation over the rotors' limits that is solved anew at every
// step (policies/classical/shoot.c); moves are a position loop around an attitude loop.
// Stateless: the command depends on the view alone, so a match can be continued from any frame.
#ifndef POLICIES_CLASSICAL_H_
#define POLICIES_CLASSICAL_H_

#include "policies/skill.h"
#include "sim/base/status.h"

typedef struct PolClassical PolClassical;  // gains, from configs/classical.yaml

// path NULL: the shipped configs/classical.yaml, which says what the gains mean. NULL with
// SIM_BAD_INPUT and file, key, seen and wanted when the file is wrong.
PolClassical *pol_classical_create(const char *path, SimError *err);
void pol_classical_destroy(PolClassical *classical);

// The rotor commands of `drone` (its team's frame is handled inside) for one control step of
// SIM_DT, each in -1..1. At most 20 microseconds. Strikes may use another apex, strike height or a
// shorter flight than the goal says where the gains say so; nothing is flown to behind the net
// plane or to the ground. Needs a finite view in which drone exists.
void pol_classical_act(float action[SIM_ROTORS], const PolClassical *classical, PolSlot slot,
                       const SimGoal *goal, const SimView *view, int drone);

#endif  // POLICIES_CLASSICAL_H_
