#define NAME(x) x##_avx2
#define NAME_TEXT "avx2"
#define SIM_LANES 4
#include "sim/block_kernel.h"
