// Canonical moments of a rally, made by hand as the near team sees them, so that strategies can be
// asked side by side what they would do: everybody stands where the option table sends them, and
// the ball has just left a drone exactly as the option of that strike wants. Where roles are free,
// passer, setter and attacker have taken the touches in this order.
#ifndef HCSP_EVAL_SITUATIONS_H_
#define HCSP_EVAL_SITUATIONS_H_

#include "policies/team.h"

typedef enum EvalMoment {
  EVAL_WAITING,       // they are about to serve
  EVAL_SERVING,       // we are
  EVAL_THEY_PASSED,   // their passer has touched the ball
  EVAL_THEY_SET,      // their setter
  EVAL_ATTACK_LEFT,   // their attacker, deep to our left
  EVAL_ATTACK_RIGHT,  // to our right
  EVAL_WE_PASSED,
  EVAL_WE_SET,
  EVAL_WE_ATTACKED,  // and the ball is over the net
  EVAL_MOMENTS,
} EvalMoment;
const char *eval_moment_name(EvalMoment moment);  // "waiting for the serve", ...

typedef struct EvalSituation {
  SimState state;
  PolMemory memory;  // of the near team
} EvalSituation;

void eval_situation_make(EvalSituation *situation, EvalMoment moment, const PolOptions *options);

// What a strategy would do there: probabilities of its options and which of them are legal. false
// for rule strategies. scratch: pol_net_scratch floats for networks.
bool eval_situation_ask(float p[POL_HEADS_MAX][POL_OPTIONS_MAX], uint32_t legal[POL_HEADS_MAX],
                        const EvalSituation *situation, const PolStrategy *strategy,
                        const PolOptions *options, float *scratch);

#endif  // HCSP_EVAL_SITUATIONS_H_
