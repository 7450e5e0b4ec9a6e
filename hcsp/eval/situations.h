// Canonical moments of a rally, made by hand as the near team sees them, so that strategies can be
// asked side by side what they would do: everybody stands where the option table sends them, and
// the ball has just left a drone exactly as the option of that strike wants.
#ifndef HCSP_EVAL_SITUATIONS_H_
#define HCSP_EVAL_SITUATIONS_H_

#include "policies/team.h"

typedef enum HcspMoment {
  HCSP_WAITING,       // they are about to serve
  HCSP_SERVING,       // we are
  HCSP_THEY_PASSED,   // their passer has touched the ball
  HCSP_THEY_SET,      // their setter
  HCSP_ATTACK_LEFT,   // their attacker, deep to our left
  HCSP_ATTACK_RIGHT,  // to our right
  HCSP_WE_PASSED,
  HCSP_WE_SET,
  HCSP_WE_ATTACKED,  // and the ball is over the net
  HCSP_MOMENTS,
} HcspMoment;
const char *hcsp_moment_name(HcspMoment moment);  // "waiting for the serve", ...

typedef struct HcspSituation {
  SimState state;
  PolMemory memory;  // of the near team
} HcspSituation;

void hcsp_situation_make(HcspSituation *situation, HcspMoment moment, const PolOptions *options);

// What a strategy would do there: probabilities of its options and which of them are legal. false
// for rule strategies. scratch: pol_net_scratch floats for networks.
bool hcsp_situation_ask(float p[POL_HEADS][POL_OPTIONS_MAX], uint32_t legal[POL_HEADS],
                        const HcspSituation *situation, const PolStrategy *strategy,
                        const PolOptions *options, float *scratch);

#endif  // HCSP_EVAL_SITUATIONS_H_
