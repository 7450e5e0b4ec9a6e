// A skill turns one drone's observation into four rotor commands. There are eleven slots; a slot is
// filled by a network (a policy file) or by a model-based controller (`classical`).
#ifndef POLICIES_SKILL_H_
#define POLICIES_SKILL_H_

#include <stdbool.h>

#include "sim/ballistics.h"
#include "sim/obs.h"
#include "sim/view.h"

typedef enum PolSlot {
  POL_GOTO,
  POL_SERVE,
  POL_SERVE_HOVER,
  POL_RECEIVE,
  POL_RECEIVE_HOVER,
  POL_PASS,
  POL_PASS_HOVER,
  POL_SET,
  POL_SET_HOVER,
  POL_ATTACK,
  POL_ATTACK_HOVER,
  POL_SLOTS,
} PolSlot;

const char *pol_slot_name(PolSlot slot);  // "goto", "serve", ...
int pol_slot_find(const char *name);      // the slot or -1
// The skill with which a drone recovers after a strike.
PolSlot pol_slot_hover(PolSlot strike);
// True for the five skills that strike the ball.
bool pol_slot_strikes(PolSlot slot);

#endif  // POLICIES_SKILL_H_
