#include "hcsp/train/engine.h"

SimStatus train_engine_open(TrainEngine *engine, const char *physics, const char *world,
                            const char *rules, SimError *err) {
  SimModelOptions options = sim_model_default();
  options.world = world;
  *engine = (TrainEngine){.rules = sim_rules_find(rules)};
  if (!engine->rules) {
    return sim_error(err, SIM_USAGE, "rules: saw '%.64s', wanted court or paper", rules);
  }
  engine->eval = sim_model_create(&options, err);
  SIM_TRY(engine->eval ? SIM_OK : err->status);
  SIM_TRY(sim_physics_parse(&options.physics, physics, err));
  const bool same = options.physics == SIM_PHYSICS_MUJOCO;
  engine->learn = same ? engine->eval : sim_model_create(&options, err);
  return engine->learn ? SIM_OK : err->status;
}

void train_engine_close(TrainEngine *engine) {
  if (engine->learn != engine->eval) {
    sim_model_destroy(engine->learn);
  }
  sim_model_destroy(engine->eval);
  *engine = (TrainEngine){0};
}
