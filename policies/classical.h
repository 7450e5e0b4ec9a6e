// Model-based skills for all eleven slots: the strike state follows from exact ballistics, the way
// there is a short trajectory flown by differential flatness with a geometric attitude controller.
// Stateless: the command depends on the view alone, so a match can be continued from any frame.
#ifndef POLICIES_CLASSICAL_H_
#define POLICIES_CLASSICAL_H_

#include "policies/skill.h"
#include "sim/base/status.h"

typedef struct PolClassical PolClassical;  // gains, from configs/classical.yaml

// path NULL: the shipped configs/classical.yaml.
PolClassical *pol_classical_create(const char *path, SimError *err);
void pol_classical_destroy(PolClassical *classical);

// The rotor commands of `drone` (its team's frame is handled inside) for one control step of
// SIM_DT.
void pol_classical_act(float action[SIM_ROTORS], const PolClassical *classical, PolSlot slot,
                       const PolGoal *goal, const SimView *view, int drone);

#endif  // POLICIES_CLASSICAL_H_
