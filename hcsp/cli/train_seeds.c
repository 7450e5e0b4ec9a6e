#include "hcsp/cli/train_seeds.h"

#include "hcsp/fleet/fleet.h"
#include "hcsp/report/seeds_report.h"
#include "hcsp/run/folder.h"
#include "sim/base/log.h"

typedef struct Seeds {
  const SkillsTraining *training;
  CliTrainFn *train;
  void *arg;
} Seeds;

static SimStatus train_seed(FleetBytes *left, int item, void *arg, SimError *err) {
  (void)left;
  const Seeds *seeds = arg;
  SkillsTraining one = *seeds->training;
  char folder[SIM_PATH_MAX];
  one.order.seed += (uint64_t)item;
  SIM_TRY(seeds_folder(folder, seeds->training->order.folder, one.order.seed, err));
  one.order.folder = folder;
  one.order.resume = one.order.resume && run_exists(folder);
  sim_log(SIM_LOG_INFO, "seed %llu: %s", (unsigned long long)one.order.seed, folder);
  return seeds->train(seeds->arg, &one, err);
}

SimStatus cli_train_seeds(const SkillsTraining *t, int n, CliTrainFn *train, void *arg,
                          SimError *err) {
  const TrainOptions *order = &t->order;
  Seeds seeds = {.training = t, .train = train, .arg = arg};
  SimStatus status =
      run_exists(order->folder)
          ? sim_error(err, SIM_BAD_INPUT,
                      "%s: saw a run by one seed, wanted a folder for runs by several",
                      order->folder)
          : SIM_OK;
  status = status == SIM_OK ? fleet_check_shared(order->folder, err) : status;
  status = status == SIM_OK ? fleet_items(NULL, n, train_seed, &seeds, "seeds", err) : status;
  if (status == SIM_OK && fleet_rank() == 0) {
    status = seeds_report(order->folder, order->training, order->seed, n, err);
  }
  return fleet_agree("report of the seeds", status, err);
}
