#define NAME(x) x##_avx512
#define NAME_TEXT "avx512"
#define SIM_LANES 8
#include "sim/block_kernel.h"
