// Sums over finished rallies in rally order, so that the figures depend on the seed alone.
#include "hcsp/eval/summary.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/league/interval.h"

static const double VARIED = 0.05;  // share of the uses from which an option counts as used

static void add_rally(EvalSummary *sum, const EvalRally *rally) {
  assert(rally->winner != SIM_PLAYING && rally->reason < SIM_EVENT_KINDS);
  sum->rallies++;
  sum->near += rally->winner == SIM_WIN_NEAR;
  sum->far += rally->winner == SIM_WIN_FAR;
  sum->draws += rally->winner == SIM_DRAW;
  sum->server_wins += (int)rally->winner == (int)rally->server;
  sum->hits_mean += rally->hits;
  sum->steps_mean += rally->steps;
  sum->hits_max = rally->hits > sum->hits_max ? rally->hits : sum->hits_max;
  sum->full_attacks += rally->full_attack;
  sum->legal_serves += rally->legal_serve;
  sum->crossed_serves += rally->serve_crossed;
  sum->reasons[rally->reason]++;
  for (int i = 0; i < rally->hits && i < EVAL_ALIVE_MAX; i++) {
    sum->alive[i]++;
  }
  for (int s = 0; s < POL_SLOTS; s++) {
    sum->calls[s] += rally->calls[s];
    sum->skill_hits[s] += rally->skill_hits[s];
  }
}

void eval_summarise(EvalSummary *summary, const EvalRally *rally, int n) {
  memset(summary, 0, sizeof *summary);
  for (int i = 0; i < n; i++) {
    if (rally[i].winner != SIM_PLAYING) {
      add_rally(summary, &rally[i]);
    }
  }
  if (summary->rallies > 0) {
    summary->hits_mean /= summary->rallies;
    summary->steps_mean /= summary->rallies;
  }
  const int decided = summary->near + summary->far;
  assert(decided + summary->draws == summary->rallies);
  summary->near_win_rate = decided > 0 ? (double)summary->near / decided : (double)NAN;
}

SimStatus eval_rallies_summary(EvalSummary *summary, const EvalRalliesOptions *options,
                               SimError *err) {
  EvalRally *rally = sim_new((size_t)options->rallies, sizeof *rally);
  int played = 0;
  SimStatus status = eval_rallies_play(rally, &played, options, err);
  if (status == SIM_OK) {
    assert(played == options->rallies);
    eval_summarise(summary, rally, played);
  }
  free(rally);
  return status;
}

// ---- parts of an output

json_t *eval_number_json(double value) {
  return isfinite(value) ? json_real(value) : json_null();
}

json_t *eval_reasons_json(const int reasons[SIM_EVENT_KINDS]) {
  json_t *json = json_object();
  for (int kind = 0; kind < SIM_EVENT_KINDS; kind++) {
    if (reasons[kind] > 0) {
      json_object_set_new(json, sim_event_name((SimEventKind)kind), json_integer(reasons[kind]));
    }
  }
  return json;
}

void eval_reasons_print(FILE *out, const int reasons[SIM_EVENT_KINDS]) {
  const char *separator = "";
  for (int kind = 0; kind < SIM_EVENT_KINDS; kind++) {
    if (reasons[kind] > 0) {
      fprintf(out, "%s%s %d", separator, sim_event_name((SimEventKind)kind), reasons[kind]);
      separator = ", ";
    }
  }
}

static double share(int part, int whole) {
  return whole > 0 ? (double)part / whole : 0;
}

static json_t *skills_json(const EvalSummary *sum) {
  json_t *skills = json_object();
  for (int s = 0; s < POL_SLOTS; s++) {
    json_object_set_new(skills, pol_slot_name((PolSlot)s),
                        json_pack("{s:i,s:i}", "calls", sum->calls[s], "hits", sum->skill_hits[s]));
  }
  return skills;
}

json_t *eval_summary_json(const EvalSummary *sum, const char *near, const char *far) {
  json_t *alive = json_array();
  for (int i = 0; i < sum->hits_max && i < EVAL_ALIVE_MAX; i++) {
    json_array_append_new(alive, eval_number_json(share(sum->alive[i], sum->rallies)));
  }
  const double steps = sum->steps_mean * sum->rallies;
  json_t *json = json_object();
  json_object_set_new(json, "rallies", json_integer(sum->rallies));
  json_object_set_new(json, "near", json_integer(sum->near));
  json_object_set_new(json, "far", json_integer(sum->far));
  json_object_set_new(json, "draws", json_integer(sum->draws));
  json_object_set_new(json, "near_win_rate", eval_number_json(sum->near_win_rate));
  json_object_set_new(json, "server_wins",
                      eval_number_json(share(sum->server_wins, sum->near + sum->far)));
  json_object_set_new(json, "legal_serves",
                      eval_number_json(share(sum->legal_serves, sum->rallies)));
  json_object_set_new(json, "crossed_serves",
                      eval_number_json(share(sum->crossed_serves, sum->rallies)));
  json_object_set_new(json, "hits_mean", eval_number_json(sum->hits_mean));
  json_object_set_new(json, "hits_max", json_integer(sum->hits_max));
  json_object_set_new(json, "full_attacks",
                      eval_number_json(share(sum->full_attacks, sum->rallies)));
  json_object_set_new(json, "steps_mean", eval_number_json(sum->steps_mean));
  json_object_set_new(json, "alive_at", alive);
  json_object_set_new(json, "seconds", eval_number_json(sum->seconds));
  json_object_set_new(json, "steps_per_second",
                      eval_number_json(sum->seconds > 0 ? steps / sum->seconds : 0));
  json_object_set_new(json, "reasons", eval_reasons_json(sum->reasons));
  json_object_set_new(json, "skills", skills_json(sum));
  json_object_set_new(json, "teams", json_pack("[s,s]", near, far));
  return json;
}

static void print_skills(FILE *out, const EvalSummary *sum) {
  fprintf(out, "strikes          ");
  const char *separator = "";
  for (int s = 0; s < POL_SLOTS; s++) {
    if (pol_slot_strikes((PolSlot)s) && sum->calls[s] > 0) {
      fprintf(out, "%s%s %d hits of %d calls", separator, pol_slot_name((PolSlot)s),
              sum->skill_hits[s], sum->calls[s]);
      separator = ", ";
    }
  }
  fprintf(out, "\n");
}

void eval_summary_print(FILE *out, const EvalSummary *sum, const char *near, const char *far) {
  double low, high;
  league_wilson(&low, &high, sum->near, sum->near + sum->far);
  fprintf(out, "score            near %s %d : %d far %s, %d draws (%.1f %%)\n", near, sum->near,
          sum->far, far, sum->draws, 100 * share(sum->draws, sum->rallies));
  if (sum->near + sum->far > 0) {
    fprintf(out, "near wins        %.1f %% of the decided (95 %%: %.1f-%.1f)\n",
            100 * sum->near_win_rate, 100 * low, 100 * high);
  }
  fprintf(out, "server wins      %.1f %% of the decided\n",
          100 * share(sum->server_wins, sum->near + sum->far));
  fprintf(out, "serves           %.1f %% legal, %.1f %% over the net\n",
          100 * share(sum->legal_serves, sum->rallies),
          100 * share(sum->crossed_serves, sum->rallies));
  fprintf(out, "legal touches    %.2f a rally, at most %d\n", sum->hits_mean, sum->hits_max);
  fprintf(out, "full attacks     in %.1f %% of the rallies (passer, setter, attacker)\n",
          100 * share(sum->full_attacks, sum->rallies));
  print_skills(out, sum);
  fprintf(out, "endings          ");
  eval_reasons_print(out, sum->reasons);
  fprintf(out, "\n");
  fprintf(out, "speed            %.1f s, %.0f rallies/s, %.0f control steps/s\n", sum->seconds,
          sum->rallies / fmax(sum->seconds, 1e-9),
          sum->steps_mean * sum->rallies / fmax(sum->seconds, 1e-9));
}

// ---- options

void eval_variety(EvalVariety *variety, const EvalUses *uses, const PolOptions *options) {
  const int attack = options->attack_head, wait = options->wait_head;
  const EvalUse attacks = eval_uses_total(uses, options, attack, true);
  const EvalUse waits = eval_uses_total(uses, options, wait, false);
  *variety = (EvalVariety){.attacks = attacks};
  for (int i = 0; i < options->n[attack]; i++) {
    const PolOption *option = &options->option[attack][i];
    const int64_t chosen = uses->head[attack][i].chosen;
    const double part = attacks.chosen > 0 ? (double)chosen / (double)attacks.chosen : 0;
    if (pol_slot_strikes(option->slot)) {
      variety->attacks_5 += part > VARIED;
      variety->most_used = part > variety->most_share ? option->name : variety->most_used;
      variety->most_share = fmax(part, variety->most_share);
    }
  }
  for (int i = 0; i < options->n[wait]; i++) {
    const double chosen = (double)uses->head[wait][i].chosen;
    const bool waits_there = options->option[wait][i].slot == POL_GOTO;
    variety->waiting_5 += waits_there && chosen > VARIED * (double)waits.chosen;
  }
}

static double part(int64_t some, int64_t all) {
  return all > 0 ? (double)some / (double)all : 0;
}

static const char *const TOUCH[SIM_ROLES] = {"first", "second", "third"};

void eval_touches_print(FILE *out, const EvalUses *uses, const PolOptions *options) {
  if (options->kind != POL_TABLE_VOLLEY) {
    return;
  }
  fprintf(out, "who touches (P/S/A %%):");
  for (int k = 0; k < SIM_ROLES; k++) {
    const int64_t *of = uses->touch[k], sum = of[0] + of[1] + of[2];
    fprintf(out, "%s %s %.0f/%.0f/%.0f of %lld", k ? "," : "", TOUCH[k], 100 * part(of[0], sum),
            100 * part(of[1], sum), 100 * part(of[2], sum), (long long)sum);
  }
  fprintf(out, "\n");
}

static json_t *touches_json(const EvalUses *uses) {
  json_t *touches = json_object();
  for (int k = 0; k < SIM_ROLES; k++) {
    const int64_t *of = uses->touch[k];
    json_object_set_new(touches, TOUCH[k],
                        json_pack("{s:I,s:I,s:I}", "P", (json_int_t)of[0], "S", (json_int_t)of[1],
                                  "A", (json_int_t)of[2]));
  }
  return touches;
}

json_t *eval_uses_json(const EvalUses *uses, const PolOptions *options) {
  json_t *heads = json_object();
  if (options->kind == POL_TABLE_VOLLEY) {
    json_object_set_new(heads, "drones", touches_json(uses));
  }
  for (int head = 0; head < options->heads; head++) {
    json_t *names = json_object();
    for (int i = 0; i < options->n[head]; i++) {
      const EvalUse *u = &uses->head[head][i];
      json_object_set_new(names, options->option[head][i].name,
                          json_pack("{s:I,s:I,s:I}", "uses", (json_int_t)u->chosen, "touches",
                                    (json_int_t)u->touches, "kills", (json_int_t)u->kills));
    }
    json_object_set_new(heads, options->head[head], names);
  }
  return heads;
}

static void print_use(FILE *out, const EvalUse *use, double sum, const char *head,
                      const char *name) {
  fprintf(out, "  %-10s %-18s %7lld %6.1f %%", head, name, (long long)use->chosen,
          sum > 0 ? 100 * (double)use->chosen / sum : 0);
  if (use->touches > 0) {
    fprintf(out, " %9lld %6.1f %%", (long long)use->touches,
            100 * (double)use->kills / (double)use->touches);
  }
  fprintf(out, "\n");
}

void eval_uses_print(FILE *out, const EvalUses *uses, const PolOptions *options, const char *team) {
  EvalVariety variety;
  fprintf(out, "\noptions of %-19s %7s %8s %9s %8s\n", team, "uses", "share", "touches", "kills");
  for (int head = 0; head < options->heads; head++) {
    double sum = 0;
    for (int i = 0; i < options->n[head]; i++) {
      sum += (double)uses->head[head][i].chosen;
    }
    for (int i = 0; i < options->n[head]; i++) {
      if (uses->head[head][i].chosen > 0 || uses->head[head][i].touches > 0) {
        print_use(out, &uses->head[head][i], sum, options->head[head],
                  options->option[head][i].name);
      }
    }
  }
  fprintf(out, options->kind == POL_TABLE_VOLLEY ? "  " : "");
  eval_touches_print(out, uses, options);
  eval_variety(&variety, uses, options);
  if (variety.most_used && variety.attacks.touches > 0) {
    fprintf(out,
            "  attacks kill %.1f %%; most used %s, %.1f %%; above 5 %%: %d attacks, %d waiting "
            "places\n",
            100 * (double)variety.attacks.kills / (double)variety.attacks.touches,
            variety.most_used, 100 * variety.most_share, variety.attacks_5, variety.waiting_5);
  }
}
