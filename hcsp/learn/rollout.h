// What one iteration learns from, on the host, and running statistics of its numbers.
#ifndef HCSP_LEARN_ROLLOUT_H_
#define HCSP_LEARN_ROLLOUT_H_

#include <stdbool.h>
#include <stdint.h>

// Experience of one iteration, on the host. World w of step t is row t * worlds + w.
typedef struct Rollout {
  int steps, worlds, inputs, outputs;
  float *obs;        // [steps + 1][worlds][inputs]
  float *action;     // [steps][worlds][outputs], as sampled
  float *log_prob;   // [steps][worlds]
  float *reward;     // [steps][worlds]
  uint8_t *ended;    // [steps][worlds]: the next row belongs to another episode
  uint8_t *masked;   // [steps][worlds]: excluded from the loss
  int cuts;          // rows where the time ran out, at most steps * worlds
  int32_t *cut_row;  // [cuts]
  float *cut_obs;    // [cuts][inputs]: what would have been seen next
} Rollout;

void rollout_create(Rollout *rollout, int steps, int worlds, int inputs, int outputs);
void rollout_free(Rollout *rollout);  // zero-initialised is fine

// Running mean and deviation, Chan et al. 1983; the count is capped so that it keeps following.
typedef struct Running {
  double count, *mean, *square;  // [n]: square = sum of squared differences / count
  int n;
} Running;
void running_create(Running *running, int n);
void running_free(Running *running);                           // zero-initialised is fine
void running_add(Running *running, const float *x, int rows);  // x[rows][n]
// Deviation of column j, at least 0.01.
double running_deviation(const Running *running, int j);

// Decisions with advantages and returns of their own, where time does not pass in even steps.
typedef struct RolloutSamples {
  int n;
  const float *obs;        // [n][inputs]
  const float *action;     // [n][outputs], or with heads [n][heads]: options as numbers
  const uint32_t *legal;   // heads only, [n][heads]: bits, never 0
  const float *log_prob;   // [n], when it was taken
  const float *advantage;  // [n]
  const float *wanted;     // [n], returns
  bool as_is;              // advantages are not normalised
  // normals only: means [n][outputs] and log deviations [outputs] of a policy that the learner is
  // pulled to; NULL: none
  const float *reference, *reference_log_std;
} RolloutSamples;

#endif  // HCSP_LEARN_ROLLOUT_H_
