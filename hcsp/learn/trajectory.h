// Decisions of strategies as they happen, for learning. A decision holds from the event at which it
// was taken to the next one of its row that had a choice, seconds later or only the end of the
// rally, so that time between decisions is uneven: a semi-Markov decision process (Sutton, Precup
// and Singh, Between MDPs and semi-MDPs, 1999). What is paid meanwhile belongs to the decision in
// force, discounted by the time that has passed since it was taken.
//
// A row is one team of one match. Its open decision stays open across updates; nothing that was
// paid is lost: stored + pending + unclaimed = paid, exactly.
#ifndef HCSP_LEARN_TRAJECTORY_H_
#define HCSP_LEARN_TRAJECTORY_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

enum { TRAJECTORY_HEADS_MAX = 5 };

typedef struct TrajectoryShape {
  int rows;        // teams that may have a decision open
  int inputs;      // columns of an observation
  int heads;       // options chosen at a time
  int capacity;    // stored decisions
  double seconds;  // time constant of the discount
} TrajectoryShape;

typedef enum TransitionEnd {
  TRANSITION_NEXT,        // another decision of the row followed
  TRANSITION_TERMINATED,  // the rally was over
  TRANSITION_TRUNCATED,   // the clock ran out: what was seen then stands for what would have come
} TransitionEnd;

// A decision taken and how it ended.
typedef struct Transition {
  int row;
  double taken;           // s of the rally
  double reward;          // discounted to when it was taken
  double plain;           // the same without discount
  double pass;            // discount of what comes after
  TransitionEnd end;      // of stored ones
  int32_t before, after;  // stored decisions of the row before and after it, -1: none, or open
  int32_t cut;            // where its last observation lies, -1: nowhere
  float log_prob;         // when it was taken
  bool open;
} Transition;

typedef struct Trajectory {
  TrajectoryShape shape;
  // stored, in the order in which they ended: [n]
  int n, cuts;
  Transition *done;
  float *obs, *action;  // [capacity][inputs], [capacity][heads] as numbers
  uint32_t *legal;      // [capacity][heads], bits
  float *cut_obs;       // [cuts][inputs]
  // in force: [rows]
  Transition *open;
  float *open_obs, *open_action;
  uint32_t *open_legal;
  double paid, stored, unclaimed;  // sums of plain rewards since the start
} Trajectory;

// NULL and err without memory.
Trajectory *trajectory_create(const TrajectoryShape *shape, SimError *err);
void trajectory_destroy(Trajectory *decisions);  // NULL is fine

// Takes a decision of row at `seconds` of its rally; the one in force is stored. option[heads];
// legal[heads] with the chosen bit set.
void trajectory_act(Trajectory *decisions, int row, double seconds, const float *obs,
                    const uint8_t *option, const uint32_t *legal, float log_prob);
// Pays the decision of row in force; what no decision can claim is only counted.
void trajectory_reward(Trajectory *decisions, int row, double seconds, double reward);
// The rally of row is over; cut_obs: what the team sees when only the clock ran out, else NULL.
void trajectory_end(Trajectory *decisions, int row, double seconds, const float *cut_obs);

// Plain rewards of decisions in force.
double trajectory_pending(const Trajectory *decisions);

// Fills value[n] for obs[n][inputs].
typedef void TrajectoryValueFn(void *arg, float *value, const float *obs, int n);
// Advantages and returns of the stored decisions, lambda per decision; both [n]. SIM_FAIL without
// memory.
SimStatus trajectory_gae(float *advantage, float *wanted, const Trajectory *decisions,
                         double lambda, TrajectoryValueFn *value, void *arg, SimError *err);
// Forgets the stored ones, which have been learnt from.
void trajectory_clear(Trajectory *decisions);

// The decisions in force and the sums, as bytes, while nothing is stored.
size_t trajectory_size(const Trajectory *decisions);
void trajectory_save(void *out, const Trajectory *decisions);
// SIM_BAD_INPUT when the bytes hold what cannot be.
SimStatus trajectory_load(Trajectory *decisions, const void *in, SimError *err);

#endif  // HCSP_LEARN_TRAJECTORY_H_
