// Where the columns of a rally were in schema 1, which is read and no longer written.
#ifndef SIM_RECORD_SCHEMA1_H_
#define SIM_RECORD_SCHEMA1_H_

#include "sim/record/rally.h"

typedef struct SimSchema1 {
  const char *group, *name;  // group is "" at the top of a rally
} SimSchema1;
const SimSchema1 *sim_schema1(SimColumn column);  // NULL: it had no such column

#endif  // SIM_RECORD_SCHEMA1_H_
