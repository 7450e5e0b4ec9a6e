// Transitions as they happen, for learning: of strategies, whose decisions hold for uneven times,
// and of skills in matches, whose result is known late. Time between decisions is uneven, so that a
// strategy's is a semi-Markov decision process (Sutton, Precup and Singh, Between MDPs and
// semi-MDPs, 1999).
//
// A row is one agent: one team of one match. Its episode begins with its first decision and ends as
// TransitionEnd says; what is paid meanwhile belongs to the newest transition of the row.
// Transitions are learnt from when they have ended, or, where the shape `settles`, when the result
// of their episode is in. What cannot be learnt from yet stays across updates, and nothing that was
// paid is lost: taken + kept + unclaimed = paid.
//
// The even rollout (rollout.h) is the dense case of it, laid out for a device.
#ifndef HCSP_LEARN_TRAJECTORY_H_
#define HCSP_LEARN_TRAJECTORY_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hcsp/learn/rollout.h"
#include "hcsp/run/archive.h"
#include "sim/base/status.h"

enum { TRAJECTORY_ACTIONS_MAX = 8 };

typedef struct TrajectoryShape {
  int rows;              // agents that may have an episode open
  int inputs, actions;   // columns of an observation; numbers of an action, or heads
  int capacity;          // transitions, those in progress included
  bool heads;            // actions are options of as many heads, of which some are legal
  bool settles;          // episodes are learnt from as a whole, when their result is in
  double gamma;          // discount of a transition; 0: by the time that it took
  double gamma_horizon;  // s, time constant of discounts by time
} TrajectoryShape;

typedef enum TransitionEnd {
  TRANSITION_OPEN,
  TRANSITION_NEXT,        // another decision of the row followed
  TRANSITION_TERMINATED,  // the episode was over
  TRANSITION_TRUNCATED,   // it was cut short: what was seen then stands for what would have come
  TRANSITION_WAITS,       // it was over and its result is still to come (shape.settles)
} TransitionEnd;

// A decision taken and how it ended; -1 where there is none.
typedef struct Transition {
  double taken, ended;  // s of the rally
  double reward;        // discounted to when it was taken
  double plain;         // the same without discount
  double pass;          // discount of what comes after
  double lean;          // added to its advantage alone
  int32_t row;
  int32_t before, after;  // transitions of the same episode
  int32_t place;          // among those that can be learnt from
  int32_t cut;            // its last observation, where it was truncated
  int32_t end;            // TransitionEnd
} Transition;

typedef struct Trajectory {
  TrajectoryShape shape;
  // transitions in the order in which they were taken: [n]
  int n, cuts, ready;
  Transition *one;
  float *obs, *action, *log_prob;  // [capacity][inputs], [capacity][actions], [capacity]
  uint32_t *legal;                 // with heads, [capacity][actions]: bits
  float *cut_obs;                  // [cuts][inputs]
  int32_t *list;                   // [ready], in the order in which they could be learnt from
  int32_t *moved;                  // [capacity], where the rest goes when some are forgotten
  int32_t *open, *waiting;         // [rows], last transition of an episode that is open, that waits
  double paid, taken, unclaimed;   // plain rewards since the start: all, of forgotten ones, of none
  // what is learnt from, side by side: [ready]; of the open ones [rows]
  float *batch_obs, *batch_action, *batch_log_prob, *advantage, *returns, *open_obs;
  uint32_t *batch_legal;
} Trajectory;

Trajectory *trajectory_create(const TrajectoryShape *shape);
void trajectory_destroy(Trajectory *trajectory);  // NULL is fine

// A decision of row at `seconds` of its rally; the one before it ends. action[actions]; legal as
// many with the chosen bit set, NULL without heads. False, and nothing is taken, when there is no
// room; an open episode is truncated there.
bool trajectory_act(Trajectory *trajectory, int row, double seconds, const float *obs,
                    const float *action, const uint32_t *legal, float log_prob);
bool trajectory_is_open(const Trajectory *trajectory, int row);
bool trajectory_is_waiting(const Trajectory *trajectory, int row);
// Pays the newest transition of row's open episode; what none can claim is only counted.
void trajectory_reward(Trajectory *trajectory, int row, double seconds, double reward);
// Adds to the advantage of the newest transition of row, if one is open; no part of its return.
void trajectory_lean(Trajectory *trajectory, int row, double lean);
// The open episode of row, if any, ends; what waited before has no result. final_obs: what would be
// seen next, for TRANSITION_TRUNCATED, else NULL.
void trajectory_end(Trajectory *trajectory, int row, double seconds, TransitionEnd end,
                    const float *final_obs);
// The result of the episode of row that waits, if any: paid discounted to when it ended.
void trajectory_settle(Trajectory *trajectory, int row, double seconds, double result);

// Plain rewards of the transitions that are there.
double trajectory_kept(const Trajectory *trajectory);

// Fills value[n] for obs[n][inputs].
typedef void TrajectoryValueFn(void *arg, float *value, const float *obs, int n);
// What can be learnt from, with what generalised advantage estimation makes of it (Schulman et al.
// 2016); lambda per transition. *out points into the trajectory.
void trajectory_gae(RolloutSamples *out, Trajectory *trajectory, double lambda,
                    TrajectoryValueFn *value, void *arg);
// Forgets what could be learnt from.
void trajectory_clear(Trajectory *trajectory);

// All of it as bytes. The size changes with what there is.
size_t trajectory_size(const Trajectory *trajectory);
void trajectory_save(void *out, const Trajectory *trajectory);
// SIM_BAD_INPUT when the bytes hold what cannot be.
SimStatus trajectory_load(Trajectory *trajectory, const void *in, size_t size, SimError *err);
// The same as an entry of a checkpoint.
void trajectory_serialize(RunArchive *archive, const char *name, Trajectory *trajectory);

#endif  // HCSP_LEARN_TRAJECTORY_H_
