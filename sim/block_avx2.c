#define NAME(x) x##_avx2
#define NAME_TEXT "avx2"
#include "sim/block_kernel.h"
