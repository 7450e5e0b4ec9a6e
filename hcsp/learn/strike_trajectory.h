// Strikes of one skill as they happen in matches, for learning. A flight begins with the skill's
// first decision after it was selected and ends with its touch, with the skill being switched, or
// with the rally; only in it does the skill decide, so that nothing else is ever learnt from. What
// the point brings is known later: a flight that struck waits until its result is in, at most until
// the ball comes back, and only then it is learnt from.
//
// A row is one team of one match, which has at most one flight open and one waiting. Samples are
// appended in the order in which they happen and keep their flight's number; forgetting what was
// learnt moves the rest together. Nothing that was paid is lost: taken + kept = paid.
#ifndef HCSP_LEARN_STRIKE_TRAJECTORY_H_
#define HCSP_LEARN_STRIKE_TRAJECTORY_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

typedef struct StrikeTrajectoryShape {
  int rows;             // teams that may have a flight
  int inputs, outputs;  // of the skill's network
  int capacity;         // samples
  double seconds;       // time constant by which a result is discounted
} StrikeTrajectoryShape;

typedef enum StrikeTransitionEnd {
  STRIKE_TRANSITION_OPEN,
  STRIKE_TRANSITION_STRUCK,     // a legal touch
  STRIKE_TRANSITION_LOST,       // the rally ended in it: what comes after is worth nothing
  STRIKE_TRANSITION_TRUNCATED,  // switched, or only the clock ran out: the skill's own value stands
                                // in
} StrikeTransitionEnd;

typedef struct StrikeTransition {
  int32_t row;
  int32_t last, n;  // number of its last sample, and how many there are
  int32_t cut;      // where its last observation lies, -1: nowhere
  uint8_t end;      // StrikeTransitionEnd
  uint8_t settled;  // nothing more will be paid
  double ended;     // s of the rally
} StrikeTransition;

typedef struct StrikeTrajectory {
  StrikeTrajectoryShape shape;
  // samples, [n]
  int n;
  float *obs, *action, *log_prob, *reward;  // [capacity][inputs], [capacity][outputs], [capacity]
  int32_t *flight, *before;                 // number of the flight; its sample before or -1
  // flights, [flights]
  int flights, cuts;
  StrikeTransition *one;
  float *cut_obs;                        // [flights][inputs]
  int32_t *open, *waiting;               // [rows], numbers of flights or -1
  int ready;                             // samples of settled flights
  int32_t *moved_flight, *moved_sample;  // [capacity], where the rest goes when some are forgotten
  double paid, taken;                    // rewards since the start: all, and of forgotten samples
} StrikeTrajectory;

// NULL and err without memory.
StrikeTrajectory *strike_trajectory_create(const StrikeTrajectoryShape *shape, SimError *err);
void strike_trajectory_destroy(StrikeTrajectory *flights);  // NULL is fine

// The skill of row decides; the first decision opens a flight. False, and nothing is taken, when
// there is no room; an open flight is cut there.
bool strike_trajectory_act(StrikeTrajectory *flights, int row, const float *obs,
                           const float *action, float log_prob);
bool strike_trajectory_is_open(const StrikeTrajectory *flights, int row);
// Pays the last decision of row's open flight.
void strike_trajectory_reward(StrikeTrajectory *flights, int row, double reward);
// The open flight of row ends at `seconds` of the rally. STRUCK waits for its result, and what
// waited before has none. cut_obs: what the skill would see next, for CUT.
void strike_trajectory_end(StrikeTrajectory *flights, int row, StrikeTransitionEnd end,
                           double seconds, const float *cut_obs);
// What the point brought to the flight of row that waits, if any: paid discounted to its touch.
void strike_trajectory_settle(StrikeTrajectory *flights, int row, double seconds, double result);

// Fills value[n] for obs[n][inputs].
typedef void StrikeTrajectoryValueFn(void *arg, float *value, const float *obs, int n);
// Samples of settled flights, in the order in which their flights began: index[ready] gets their
// numbers, advantage[ready] and wanted[ready] what generalised advantage estimation makes of them
// (Schulman et al. 2016), cut at the end of every flight. SIM_FAIL without memory.
SimStatus strike_trajectory_gae(int32_t *index, float *advantage, float *wanted,
                                const StrikeTrajectory *flights, double discount, double trace,
                                StrikeTrajectoryValueFn *value, void *arg, SimError *err);
// Rewards of the samples that are there.
double strike_trajectory_kept(const StrikeTrajectory *flights);
// Forgets settled flights.
void strike_trajectory_clear(StrikeTrajectory *flights);

// All of it as bytes. The size changes with what there is.
size_t strike_trajectory_size(const StrikeTrajectory *flights);
void strike_trajectory_save(void *out, const StrikeTrajectory *flights);
// SIM_BAD_INPUT when the bytes hold what cannot be.
SimStatus strike_trajectory_load(StrikeTrajectory *flights, const void *in, size_t size,
                                 SimError *err);

#endif  // HCSP_LEARN_STRIKE_TRAJECTORY_H_
