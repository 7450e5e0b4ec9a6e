// Live play written down as hcsp play does it.
#ifndef VIZ_PROGRAM_MATCH_LOG_H_
#define VIZ_PROGRAM_MATCH_LOG_H_

#include "viz/source.h"

const VizLogKind *viz_match_log(void);

#endif  // VIZ_PROGRAM_MATCH_LOG_H_
