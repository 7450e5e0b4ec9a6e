#include "hcsp/learn/rollout.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/status.h"

#define RUNNING_COUNT_MAX 1e7  // samples after which the statistics keep moving
#define DEVIATION_MIN 1e-2

// ---- rollouts

void rollout_create(Rollout *r, int steps, int worlds, int inputs, int outputs) {
  assert(steps >= 1 && worlds >= 1 && inputs >= 1 && outputs >= 1);
  const size_t rows = (size_t)steps * (size_t)worlds, all = rows + (size_t)worlds;
  *r = (Rollout){.steps = steps, .worlds = worlds, .inputs = inputs, .outputs = outputs};
  r->obs = sim_new(all * (size_t)inputs, sizeof *r->obs);
  r->action = sim_new(rows * (size_t)outputs, sizeof *r->action);
  r->log_prob = sim_new(rows, sizeof *r->log_prob);
  r->reward = sim_new(rows, sizeof *r->reward);
  r->ended = sim_new(rows, sizeof *r->ended);
  r->masked = sim_new(rows, sizeof *r->masked);
  r->cut_row = sim_new(rows, sizeof *r->cut_row);
  r->cut_obs = sim_new(rows * (size_t)inputs, sizeof *r->cut_obs);
}

void rollout_free(Rollout *r) {
  free(r->obs);
  free(r->action);
  free(r->log_prob);
  free(r->reward);
  free(r->ended);
  free(r->masked);
  free(r->cut_row);
  free(r->cut_obs);
  *r = (Rollout){0};
}

// ---- running statistics

void running_create(Running *running, int n) {
  assert(n >= 1 && !running->mean);
  running->n = n;
  running->mean = sim_new((size_t)n, sizeof *running->mean);
  running->square = sim_new((size_t)n, sizeof *running->square);
  for (int i = 0; i < n; i++) {
    running->square[i] = 1;
  }
}

void running_add(Running *running, const float *x, int rows) {
  const double count = running->count, total = count + rows;
  for (int j = 0; j < running->n; j++) {
    double mean = 0, square = 0;
    for (int i = 0; i < rows; i++) {
      mean += (double)x[(size_t)i * (size_t)running->n + (size_t)j];
    }
    mean /= rows;
    for (int i = 0; i < rows; i++) {
      const double off = (double)x[(size_t)i * (size_t)running->n + (size_t)j] - mean;
      square += off * off;
    }
    const double apart = mean - running->mean[j];
    running->square[j] =
        (running->square[j] * count + square + apart * apart * count * rows / total) / total;
    running->mean[j] += apart * rows / total;
  }
  running->count = fmin(total, RUNNING_COUNT_MAX);
}

double running_deviation(const Running *running, int j) {
  return fmax(sqrt(running->square[j]), DEVIATION_MIN);
}

void running_free(Running *running) {
  free(running->mean);
  free(running->square);
  *running = (Running){0};
}
