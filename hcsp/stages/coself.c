#include "hcsp/stages/coself.h"

#include "hcsp/stages/coself_internal.h"

SimStatus hcsp_coself_train(const HcspSkillsTraining *t, SimError *err) {
  HcspCoselfConfig config;
  SimStatus status = hcsp_coself_config_load(&config, t->config, t->overrides, t->n_overrides, err);
  return status == SIM_OK ? hcsp_together_train(t, &config, err) : status;
}
