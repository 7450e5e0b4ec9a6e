// A learner on synthetic experience, small enough to run on two devices beside each other.
#ifndef TESTS_SUPPORT_TOY_LEARNER_H_
#define TESTS_SUPPORT_TOY_LEARNER_H_

#include "hcsp/learn/ppo.h"

enum { TOY_STEPS = 16, TOY_WORLDS = 63, TOY_UPDATES = 20 };

// TANH: two layers; NORMS: layer norms and ELU, as the published networks; HEADS: categorical heads
typedef enum ToyKind { TOY_TANH, TOY_NORMS, TOY_HEADS, TOY_KINDS } ToyKind;

typedef struct ToyLearner {
  KrnDevice *device;
  Ppo *ppo;
  Rollout rollout;
  uint32_t *legal;
  ToyKind kind;
} ToyLearner;

PpoConfig toy_config(ToyKind kind);
PolArch toy_arch(ToyKind kind);
// Owns device. Fails the test without memory. minibatches 0: as configured.
ToyLearner toy_open(KrnDevice *device, ToyKind kind, int minibatches);
void toy_close(ToyLearner *learner);
// One update from experience of its own number.
SimStatus toy_update(ToyLearner *learner, uint32_t which, SimError *err);
// Updates first..end - 1; fails the test when one does.
void toy_updates(ToyLearner *learner, uint32_t first, uint32_t end);
// Largest difference of a weight.
double toy_difference(const ToyLearner *a, const ToyLearner *b);

#endif  // TESTS_SUPPORT_TOY_LEARNER_H_
