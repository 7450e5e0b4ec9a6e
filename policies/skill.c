// Names of the eleven skill slots, in the order of PolSlot; logs and team files use them.
#include "policies/skill.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static const char *const SLOT_NAMES[POL_SLOTS] = {
    [POL_GOTO] = "goto",
    [POL_SERVE] = "serve",
    [POL_SERVE_HOVER] = "serve_hover",
    [POL_RECEIVE] = "receive",
    [POL_RECEIVE_HOVER] = "receive_hover",
    [POL_PASS] = "pass",
    [POL_PASS_HOVER] = "pass_hover",
    [POL_SET] = "set",
    [POL_SET_HOVER] = "set_hover",
    [POL_ATTACK] = "attack",
    [POL_ATTACK_HOVER] = "attack_hover",
};

const char *pol_slot_name(PolSlot slot) {
  return (int)slot >= 0 && slot < POL_SLOTS ? SLOT_NAMES[slot] : NULL;
}

int pol_slot_find(const char *name) {
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    if (strcmp(SLOT_NAMES[slot], name) == 0) {
      return slot;
    }
  }
  return -1;
}

PolSlot pol_slot_hover(PolSlot strike) {
  assert(pol_slot_strikes(strike));
  return strike == POL_SERVE     ? POL_SERVE_HOVER
         : strike == POL_RECEIVE ? POL_RECEIVE_HOVER
         : strike == POL_SET     ? POL_SET_HOVER
         : strike == POL_ATTACK  ? POL_ATTACK_HOVER
                                 : POL_PASS_HOVER;
}

bool pol_slot_strikes(PolSlot slot) {
  return slot == POL_SERVE || slot == POL_RECEIVE || slot == POL_PASS || slot == POL_SET ||
         slot == POL_ATTACK;
}
