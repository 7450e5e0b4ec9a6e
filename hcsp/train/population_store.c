#include "hcsp/train/population_store.h"

#include <stdio.h>

int train_population_blobs(RunBlob *blob, char (*name)[TRAIN_MEMBER_BLOB_NAME],
                           const LeaguePopulation *p) {
  int n = 0;
  for (int i = 0; i < p->n; i++) {
    const PolFile *file = p->member[i]->strategy.file;
    if (file) {
      snprintf(name[i], TRAIN_MEMBER_BLOB_NAME, "member.%d", i);
      blob[n++] = (RunBlob){.name = name[i],
                            .dtype = POL_F32,
                            .count = league_net_floats(file->net),
                            .value = file->net->block};
    }
  }
  return n;
}

void train_population_describe(json_t *meta, const LeaguePopulation *p) {
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

static SimStatus read_member(LeaguePopulation *p, const PolStrategy *like,
                             const RunCheckpoint *file, int i, const json_t *json, SimError *err) {
  const char *name = json_string_value(json_object_get(json, "name"));
  const json_int_t kind = json_integer_value(json_object_get(json, "kind"));
  if (!name || (kind != LEAGUE_MEMBER_SNAPSHOT && kind != LEAGUE_MEMBER_EXPLOITER)) {
    return sim_error(err, SIM_BAD_INPUT, "%s: member %d: saw no network, wanted one",
                     run_checkpoint_path(file), i);
  }
  SimStatus status =
      league_population_add_net(p, (LeagueMemberKind)kind, name, like,
                                json_integer_value(json_object_get(json, "decisions")), err);
  if (status == SIM_OK) {
    char blob[TRAIN_MEMBER_BLOB_NAME];
    PolNet *net = p->member[i]->strategy.file->net;
    snprintf(blob, sizeof blob, "member.%d", i);
    status = run_checkpoint_read(net->block, file, blob, POL_F32, league_net_floats(net), err);
  }
  return status;
}

SimStatus train_population_restore(LeaguePopulation *p, const PolStrategy *like,
                                   const RunCheckpoint *file, SimError *err) {
  const json_t *meta = run_checkpoint_meta(file), *list = json_object_get(meta, "members");
  SimStatus status = SIM_OK;
  for (size_t i = (size_t)p->n; status == SIM_OK && i < json_array_size(list); i++) {
    status = read_member(p, like, file, (int)i, json_array_get(list, i), err);
  }
  LeaguePayoff *payoff = NULL;
  if (status == SIM_OK) {
    payoff =
        league_payoff_from_json(json_object_get(meta, "payoff"), run_checkpoint_path(file), err);
    status = payoff ? SIM_OK : err->status;
  }
  if (status == SIM_OK && payoff->n != p->n) {
    status = sim_error(err, SIM_BAD_INPUT, "%s: saw payoffs of %d members, wanted %d",
                       run_checkpoint_path(file), payoff->n, p->n);
    league_payoff_destroy(payoff);
  } else if (status == SIM_OK) {
    league_payoff_destroy(p->payoff);
    p->payoff = payoff;
  }
  return status;
}
