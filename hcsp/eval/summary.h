// Figures over many rallies (hcsp/README.md 8.3) as a table for people and as
// JSON.
#ifndef HCSP_EVAL_SUMMARY_H_
#define HCSP_EVAL_SUMMARY_H_

#include <jansson.h>
#include <stdio.h>

#include "hcsp/eval/rallies.h"

enum { EVAL_ALIVE_MAX = 64 };

typedef struct EvalSummary {
  int rallies, near, far, draws;
  double near_win_rate;  // wins / (wins + losses); NaN when nothing was decided
  int server_wins;       // of the decided rallies
  double hits_mean;      // legal touches per rally
  int hits_max;
  int full_attacks;  // rallies with a passer, setter, attacker sequence
  int legal_serves, crossed_serves;
  double steps_mean;
  int alive[EVAL_ALIVE_MAX];  // alive[i]: rallies with more than i legal touches
  int reasons[SIM_EVENT_KINDS];
  int calls[POL_SLOTS], skill_hits[POL_SLOTS];
  double seconds;  // wall clock, set by the caller
} EvalSummary;

// Plays options->rallies rallies and sums them up.
SimStatus eval_rallies_summary(EvalSummary *summary, const EvalRalliesOptions *options,
                               SimError *err);
// Of rallies that were played; skips those whose winner is SIM_PLAYING.
void eval_summarise(EvalSummary *summary, const EvalRally *rally, int n);

// The object of `hcsp play --json`; teams are the names of the two teams.
json_t *eval_summary_json(const EvalSummary *summary, const char *near, const char *far);
void eval_summary_print(FILE *out, const EvalSummary *summary, const char *near, const char *far);

// A number, null where it is not finite; how many rallies ended for which reason, as an object and
// as "ball out 3, timeout 1".
json_t *eval_number_json(double value);
json_t *eval_reasons_json(const int reasons[SIM_EVENT_KINDS]);
void eval_reasons_print(FILE *out, const int reasons[SIM_EVENT_KINDS]);

// How varied the attacks and waiting places of a team are.
typedef struct EvalVariety {
  EvalUse attacks;           // sum
  const char *most_used;     // attack, NULL when there was none
  double most_share;         // of the attacks chosen
  int attacks_5, waiting_5;  // how many attacks, waiting places are more than 5 % of theirs
} EvalVariety;
void eval_variety(EvalVariety *variety, const EvalUses *uses, const PolOptions *options);

// Who took the touches, where roles are free: "first" and so on, a row of P, S, A in percent each.
// Nothing is written of other tables.
void eval_touches_print(FILE *out, const EvalUses *uses, const PolOptions *options);
// What a team's options were used for, and of free roles who took the touches (`drones`): member
// `options.near` or `options.far` of that object.
json_t *eval_uses_json(const EvalUses *uses, const PolOptions *options);
void eval_uses_print(FILE *out, const EvalUses *uses, const PolOptions *options, const char *team);

#endif  // HCSP_EVAL_SUMMARY_H_
