#define NAME(x) x##_any
#define NAME_TEXT "any"
#define SIM_LANES 8
#include "sim/block_kernel.h"
