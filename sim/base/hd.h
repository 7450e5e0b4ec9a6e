// SIM_HD: a function of the processor, and of a GPU where nvcc reads it ("host and device"). What
// is so declared is read as C11 and as C++14, calls only its like, and has no table but its own.
#ifndef SIM_BASE_HD_H_
#define SIM_BASE_HD_H_

#ifdef __CUDACC__
#define SIM_HD static inline __host__ __device__
#else
#define SIM_HD static inline
#endif

// Before a loop that is to stay one on a GPU: six drones written out side by side want more
// registers than there are.
#ifdef __CUDACC__
#define SIM_ROLLED _Pragma("unroll 1")
#else
#define SIM_ROLLED
#endif

#endif  // SIM_BASE_HD_H_
