// The networks of a population, who is in it and who beat whom, in a checkpoint.
#ifndef HCSP_TRAIN_POPULATION_STORE_H_
#define HCSP_TRAIN_POPULATION_STORE_H_

#include "hcsp/league/measure.h"
#include "hcsp/run/checkpoint.h"

enum { TRAIN_MEMBER_BLOB_NAME = 32 };

// One blob for each member with a network; they stay the population's. name[] keeps their names.
// Returns their number.
int train_population_blobs(RunBlob *blob, char (*name)[TRAIN_MEMBER_BLOB_NAME],
                           const LeaguePopulation *population);
// Adds "members" and "payoff" to what a checkpoint tells about itself.
void train_population_describe(json_t *meta, const LeaguePopulation *population);
// Adds the members that the population lacks, each a strategy like `like`, and takes all results.
SimStatus train_population_restore(LeaguePopulation *population, const PolStrategy *like,
                                   const RunCheckpoint *file, SimError *err);

#endif  // HCSP_TRAIN_POPULATION_STORE_H_
