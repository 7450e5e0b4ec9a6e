// The networks of a population, who is in it and who beat whom, in a checkpoint.
#ifndef HCSP_STAGES_POPULATION_STORE_H_
#define HCSP_STAGES_POPULATION_STORE_H_

#include "hcsp/league/measure.h"
#include "hcsp/run/checkpoint.h"

enum { HCSP_MEMBER_BLOB_NAME = 32 };

// One blob for each member with a network; they stay the population's. name[] keeps their names.
// Returns their number.
int hcsp_population_blobs(HcspBlob *blob, char (*name)[HCSP_MEMBER_BLOB_NAME],
                          const HcspPopulation *population);
// Adds "members" and "payoff" to what a checkpoint tells about itself.
void hcsp_population_describe(json_t *meta, const HcspPopulation *population);
// Adds the members that the population lacks, each a strategy like `like`, and takes all results.
SimStatus hcsp_population_restore(HcspPopulation *population, const PolStrategy *like,
                                  const HcspCheckpoint *file, SimError *err);

#endif  // HCSP_STAGES_POPULATION_STORE_H_
