#include "hcsp/stages/population_store.h"

#include <stdio.h>

int hcsp_population_blobs(HcspBlob *blob, char (*name)[HCSP_MEMBER_BLOB_NAME],
                          const HcspPopulation *p) {
  int n = 0;
  for (int i = 0; i < p->n; i++) {
    const PolFile *file = p->member[i]->strategy.file;
    if (file) {
      snprintf(name[i], HCSP_MEMBER_BLOB_NAME, "member.%d", i);
      blob[n++] = (HcspBlob){.name = name[i],
                             .dtype = POL_F32,
                             .count = hcsp_net_floats(file->net),
                             .value = file->net->block};
    }
  }
  return n;
}

void hcsp_population_describe(json_t *meta, const HcspPopulation *p) {
  json_t *list = json_array();
  for (int i = 0; i < p->n; i++) {
    const HcspMember *member = p->member[i];
    json_array_append_new(list,
                          json_pack("{s:s, s:i, s:I}", "name", member->name, "kind",
                                    (int)member->kind, "decisions", (json_int_t)member->decisions));
  }
  json_object_set_new(meta, "members", list);
  json_object_set_new(meta, "payoff", hcsp_payoff_json(p->payoff));
}

static SimStatus read_member(HcspPopulation *p, const PolStrategy *like, const HcspCheckpoint *file,
                             int i, const json_t *json, SimError *err) {
  const char *name = json_string_value(json_object_get(json, "name"));
  const json_int_t kind = json_integer_value(json_object_get(json, "kind"));
  if (!name || (kind != HCSP_MEMBER_SNAPSHOT && kind != HCSP_MEMBER_EXPLOITER)) {
    return sim_error(err, SIM_BAD_INPUT, "%s: member %d: saw no network, wanted one",
                     hcsp_checkpoint_path(file), i);
  }
  SimStatus status =
      hcsp_population_add_net(p, (HcspMemberKind)kind, name, like,
                              json_integer_value(json_object_get(json, "decisions")), err);
  if (status == SIM_OK) {
    char blob[HCSP_MEMBER_BLOB_NAME];
    PolNet *net = p->member[i]->strategy.file->net;
    snprintf(blob, sizeof blob, "member.%d", i);
    status = hcsp_checkpoint_read(net->block, file, blob, POL_F32, hcsp_net_floats(net), err);
  }
  return status;
}

SimStatus hcsp_population_restore(HcspPopulation *p, const PolStrategy *like,
                                  const HcspCheckpoint *file, SimError *err) {
  const json_t *meta = hcsp_checkpoint_meta(file), *list = json_object_get(meta, "members");
  SimStatus status = SIM_OK;
  for (size_t i = (size_t)p->n; status == SIM_OK && i < json_array_size(list); i++) {
    status = read_member(p, like, file, (int)i, json_array_get(list, i), err);
  }
  HcspPayoff *payoff = NULL;
  if (status == SIM_OK) {
    payoff =
        hcsp_payoff_from_json(json_object_get(meta, "payoff"), hcsp_checkpoint_path(file), err);
    status = payoff ? SIM_OK : err->status;
  }
  if (status == SIM_OK && payoff->n != p->n) {
    status = sim_error(err, SIM_BAD_INPUT, "%s: saw payoffs of %d members, wanted %d",
                       hcsp_checkpoint_path(file), payoff->n, p->n);
    hcsp_payoff_destroy(payoff);
  } else if (status == SIM_OK) {
    hcsp_payoff_destroy(p->payoff);
    p->payoff = payoff;
  }
  return status;
}
