#define NAME(x) x##_avx512
#define NAME_TEXT "avx512"
#include "sim/block_kernel.h"
