// Members are allocated one by one, so that matches may hold pointers to their strategies while the
// population grows.
#include "hcsp/league/population.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

LeaguePopulation *league_population_create(const PolOptions *options) {
  LeaguePopulation *population = sim_new(1, sizeof *population);
  population->options = options;
  population->most = LEAGUE_POPULATION_MAX;
  population->payoff = league_payoff_create();
  if (!population->payoff) {
    league_population_destroy(population);
    return NULL;
  }
  return population;
}

static void destroy_member(LeagueMember *member) {
  if (member) {
    pol_file_destroy(member->strategy.file);
    free(member);
  }
}

void league_population_destroy(LeaguePopulation *population) {
  if (population) {
    for (int i = 0; i < population->n; i++) {
      destroy_member(population->member[i]);
    }
    free(population->member);
    league_payoff_destroy(population->payoff);
    free(population);
  }
}

// takes over member, also when it fails
static SimStatus add(LeaguePopulation *p, LeagueMember *member, SimError *err) {
  assert(p->n <= p->room && p->n == p->payoff->n);
  if (p->n == p->most) {
    const SimStatus status =
        sim_error(err, SIM_BAD_INPUT, "strategy '%s' is one too many; wanted at most %d",
                  member->name, p->most);
    destroy_member(member);
    return status;
  }
  if (p->n == p->room) {
    const int room = p->room ? 2 * p->room : 16;
    p->member = sim_regrow(p->member, (size_t)room, sizeof(LeagueMember *));
    p->room = room;
  }
  const SimStatus status = league_payoff_grow(p->payoff, member->name, err);
  if (status != SIM_OK) {
    destroy_member(member);
    return status;
  }
  p->member[p->n++] = member;
  return SIM_OK;
}

SimStatus league_population_add_rule(LeaguePopulation *p, LeagueMemberKind kind, const char *word,
                                     SimError *err) {
  if (league_population_find(p, word) >= 0) {
    return sim_error(err, SIM_BAD_INPUT, "the rule strategy '%s' is named twice", word);
  }
  LeagueMember *member = sim_new(1, sizeof *member);
  member->kind = kind;
  snprintf(member->name, sizeof member->name, "%s", word);
  SimStatus status = pol_strategy_rule(&member->strategy, word, p->options, err);
  if (status != SIM_OK) {
    free(member);
    return status;
  }
  return add(p, member, err);
}

// every waiting place with every attack that is not a member yet
static SimStatus add_fixed(LeaguePopulation *p, LeagueMemberKind kind, SimError *err) {
  enum { FIXED_MAX = 256 };
  char names[FIXED_MAX][POL_NAME_MAX];
  const int n = pol_rule_list(names, FIXED_MAX, p->options);
  for (int i = 0; i < n && i < FIXED_MAX; i++) {
    if (league_population_find(p, names[i]) < 0) {
      SIM_TRY(league_population_add_rule(p, kind, names[i], err));
    }
  }
  return SIM_OK;
}

SimStatus league_population_add_rules(LeaguePopulation *p, LeagueMemberKind kind, const char *words,
                                      SimError *err) {
  SimStatus status = SIM_OK;
  while (status == SIM_OK && *words) {
    const size_t length = strcspn(words, " ");
    char word[POL_NAME_MAX];
    if (length >= sizeof word) {
      return sim_error(err, SIM_BAD_INPUT, "saw the strategy '%.*s', wanted a shorter name", 40,
                       words);
    }
    if (length > 0) {
      snprintf(word, sizeof word, "%.*s", (int)length, words);
      status = strcmp(word, "fixed") ? league_population_add_rule(p, kind, word, err)
                                     : add_fixed(p, kind, err);
    }
    words += length + (words[length] == ' ');
  }
  return status;
}

SimStatus league_population_add_net(LeaguePopulation *p, LeagueMemberKind kind, const char *name,
                                    const PolStrategy *like, int64_t decisions, SimError *err) {
  assert(like->file && decisions >= 0);
  LeagueMember *member = sim_new(1, sizeof *member);
  PolFile *file = league_strategy_copy(like->file, err);
  if (!file) {
    free(member);
    return err->status;
  }
  snprintf(file->name, sizeof file->name, "%s", name);
  *member = (LeagueMember){.kind = kind, .decisions = decisions};
  snprintf(member->name, sizeof member->name, "%s", name);
  member->strategy = *like;
  member->strategy.file = file;
  snprintf(member->strategy.name, sizeof member->strategy.name, "%.*s", POL_NAME_MAX - 1, name);
  return add(p, member, err);
}

int league_population_list(int *out, const LeaguePopulation *p, LeagueMemberKind kind) {
  int n = 0;
  for (int i = 0; i < p->n; i++) {
    if (p->member[i]->kind == kind) {
      out[n++] = i;
    }
  }
  return n;
}

int league_population_find(const LeaguePopulation *p, const char *name) {
  for (int i = 0; i < p->n; i++) {
    if (strcmp(p->member[i]->name, name) == 0) {
      return i;
    }
  }
  return -1;
}

size_t league_net_floats(const PolNet *net) {
  PolTensor tensor[POL_NET_TENSORS_MAX];
  PolNet copy = *net;
  const int n = pol_net_tensors(tensor, &copy, net->log_std != NULL);
  size_t floats = 0;
  for (int i = 0; i < n; i++) {
    floats += tensor[i].count;
  }
  return floats;
}

PolFile *league_strategy_copy(const PolFile *file, SimError *err) {
  PolNet *net = pol_net_create(&file->net->arch, file->net->log_std != NULL, err);
  if (!net) {
    return NULL;
  }
  PolFile *copy = sim_new(1, sizeof *copy);
  memcpy(net->block, file->net->block, league_net_floats(net) * sizeof *net->block);
  *copy = *file;
  copy->net = net;
  copy->provenance = sim_new_text(file->provenance ? file->provenance : "{}");
  return copy;
}

// ---- checkpoints

static void describe(json_t *meta, const LeaguePopulation *p) {
  json_t *list = json_array();
  for (int i = 0; i < p->n; i++) {
    const LeagueMember *member = p->member[i];
    json_array_append_new(list,
                          json_pack("{s:s, s:i, s:I}", "name", member->name, "kind",
                                    (int)member->kind, "decisions", (json_int_t)member->decisions));
  }
  json_object_set_new(meta, "members", list);
  json_object_set_new(meta, "payoff", league_payoff_json(p->payoff));
}

static SimStatus add_described(LeaguePopulation *p, const PolStrategy *like, const json_t *json,
                               const char *path, SimError *err) {
  const char *name = json_string_value(json_object_get(json, "name"));
  const json_int_t kind = json_integer_value(json_object_get(json, "kind"));
  if (!name || (kind != LEAGUE_MEMBER_SNAPSHOT && kind != LEAGUE_MEMBER_EXPLOITER)) {
    return sim_error(err, SIM_BAD_INPUT, "%s: member %d: saw no network, wanted one", path, p->n);
  }
  return league_population_add_net(p, (LeagueMemberKind)kind, name, like,
                                   json_integer_value(json_object_get(json, "decisions")), err);
}

static SimStatus read_payoff(LeaguePopulation *p, const json_t *json, const char *path,
                             SimError *err) {
  LeaguePayoff *payoff = league_payoff_from_json(json, path, err);
  if (payoff && payoff->n != p->n) {
    sim_error(err, SIM_BAD_INPUT, "%s: saw payoffs of %d members, wanted %d", path, payoff->n,
              p->n);
    league_payoff_destroy(payoff);
    payoff = NULL;
  }
  if (payoff) {
    league_payoff_destroy(p->payoff);
    p->payoff = payoff;
  }
  return payoff ? SIM_OK : err->status;
}

static void serialize_weights(RunArchive *ar, LeaguePopulation *p) {
  for (int i = 0; i < p->n; i++) {
    char name[32];
    const PolFile *file = p->member[i]->strategy.file;
    snprintf(name, sizeof name, "member.%d", i);
    if (file) {
      run_archive_values(ar, name, POL_F32, league_net_floats(file->net), file->net->block);
    }
  }
}

void league_population_serialize(RunArchive *ar, LeaguePopulation *p, const PolStrategy *like) {
  if (!run_archive_ok(ar)) {
    return;
  }
  if (!run_archive_reads(ar)) {
    describe(ar->meta, p);
    serialize_weights(ar, p);
    return;
  }
  const char *path = run_checkpoint_path(ar->file);
  const json_t *list = json_object_get(ar->meta, "members");
  SimStatus status = SIM_OK;
  for (size_t i = (size_t)p->n; status == SIM_OK && i < json_array_size(list); i++) {
    status = add_described(p, like, json_array_get(list, i), path, ar->err);
  }
  status = status == SIM_OK ? read_payoff(p, json_object_get(ar->meta, "payoff"), path, ar->err)
                            : status;
  if (status != SIM_OK) {
    run_archive_fail(ar, status);
  }
  serialize_weights(ar, p);
}
