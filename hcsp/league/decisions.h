// Decisions of strategies as they happen, for learning. A decision holds from the event at which it
// was taken to the next one of its row that had a choice, seconds later or only the end of the
// rally, so that time between decisions is uneven: a semi-Markov decision process (Sutton, Precup
// and Singh, Between MDPs and semi-MDPs, 1999). What is paid meanwhile belongs to the decision in
// force, discounted by the time that has passed since it was taken.
//
// A row is one team of one match. Its open decision stays open across updates; nothing that was
// paid is lost: stored + pending + unclaimed = paid, exactly.
#ifndef HCSP_LEAGUE_DECISIONS_H_
#define HCSP_LEAGUE_DECISIONS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

enum { HCSP_HEADS_MAX = 4 };

typedef struct HcspDecisionsShape {
  int rows;        // teams that may have a decision open
  int inputs;      // columns of an observation
  int heads;       // options chosen at a time
  int capacity;    // stored decisions
  double seconds;  // time constant of the discount
} HcspDecisionsShape;

typedef enum HcspDecisionEnd {
  HCSP_DECISION_NEXT,   // another decision of the row followed
  HCSP_DECISION_ENDED,  // the rally was over
  HCSP_DECISION_CUT,    // the clock ran out: what was seen then stands for what would have come
} HcspDecisionEnd;

// A decision taken and how it ended.
typedef struct HcspDecision {
  int row;
  double taken;           // s of the rally
  double reward;          // discounted to when it was taken
  double plain;           // the same without discount
  double pass;            // discount of what comes after
  HcspDecisionEnd end;    // of stored ones
  int32_t before, after;  // stored decisions of the row before and after it, -1: none, or open
  int32_t cut;            // where its last observation lies, -1: nowhere
  float log_prob;         // when it was taken
  bool open;
} HcspDecision;

typedef struct HcspDecisions {
  HcspDecisionsShape shape;
  // stored, in the order in which they ended: [n]
  int n, cuts;
  HcspDecision *done;
  float *obs, *action;  // [capacity][inputs], [capacity][heads] as numbers
  uint32_t *legal;      // [capacity][heads], bits
  float *cut_obs;       // [cuts][inputs]
  // in force: [rows]
  HcspDecision *open;
  float *open_obs, *open_action;
  uint32_t *open_legal;
  double paid, stored, unclaimed;  // sums of plain rewards since the start
} HcspDecisions;

// NULL and err without memory.
HcspDecisions *hcsp_decisions_create(const HcspDecisionsShape *shape, SimError *err);
void hcsp_decisions_destroy(HcspDecisions *decisions);  // NULL is fine

// Takes a decision of row at `seconds` of its rally; the one in force is stored. option[heads];
// legal[heads] with the chosen bit set.
void hcsp_decisions_take(HcspDecisions *decisions, int row, double seconds, const float *obs,
                         const uint8_t *option, const uint32_t *legal, float log_prob);
// Pays the decision of row in force; what no decision can claim is only counted.
void hcsp_decisions_pay(HcspDecisions *decisions, int row, double seconds, double reward);
// The rally of row is over; cut_obs: what the team sees when only the clock ran out, else NULL.
void hcsp_decisions_end(HcspDecisions *decisions, int row, double seconds, const float *cut_obs);

// Plain rewards of decisions in force.
double hcsp_decisions_pending(const HcspDecisions *decisions);

// Fills value[n] for obs[n][inputs].
typedef void HcspValueFn(void *arg, float *value, const float *obs, int n);
// Advantages and returns of the stored decisions, lambda per decision; both [n]. SIM_FAIL without
// memory.
SimStatus hcsp_decisions_judge(float *advantage, float *wanted, const HcspDecisions *decisions,
                               double lambda, HcspValueFn *value, void *arg, SimError *err);
// Forgets the stored ones, which have been learnt from.
void hcsp_decisions_clear(HcspDecisions *decisions);

// The decisions in force and the sums, as bytes, while nothing is stored.
size_t hcsp_decisions_size(const HcspDecisions *decisions);
void hcsp_decisions_save(void *out, const HcspDecisions *decisions);
// SIM_BAD_INPUT when the bytes hold what cannot be.
SimStatus hcsp_decisions_load(HcspDecisions *decisions, const void *in, SimError *err);

#endif  // HCSP_LEAGUE_DECISIONS_H_
