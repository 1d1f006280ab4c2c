/**
 * AssemblyScript: the inner loops of resampling, as `npm run kernel` compiles them to resample.wasm.
 *
 * A sample's sum is of 8-bit samples times 32-bit weights, modulo 2^32, exactly as Pillow's C adds it up.
 * SIMD multiplies 16 bits at once, so that each weight is `high * 65536 + low` and there are two sums; they
 * may overflow on their own, for only their total modulo 2^32 counts.
 *
 * Weights lie in pairs: low and low, high and high, 16 bits each. Loads may pass the end of a row, where the
 * weights are 0, and stores the end of a target by up to 15 bytes.
 */

/** Half of a unit, for rounding, and the binary digits after the point. */
const HALF: i32 = 1 << 21;
const BITS: i32 = 22;

/** Bytes of a pair of weights, and of the two numbers before the weights of one sample. */
const PAIR: usize = 8;
const HEAD: usize = 8;

/**
 * How the bytes of neighbouring pixels become pairs of 16 bits, channel by channel (-1 gives a 0). They lie in
 * memory and are loaded into registers: V8 would put a constant together anew each time round a loop.
 */
const RGB_01 = memory.data<i8>([0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1]);
const RGB_23 = memory.data<i8>([6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1]);
const RGBA_01 = memory.data<i8>([0, -1, 4, -1, 1, -1, 5, -1, 2, -1, 6, -1, 3, -1, 7, -1]);
const ALPHA = memory.data<i8>([3, -1, 3, -1, 3, -1, 3, -1, 7, -1, 7, -1, 7, -1, 7, -1]);
const GREY_01_01_23_23 = memory.data<i8>([0, -1, 1, -1, 0, -1, 1, -1, 2, -1, 3, -1, 2, -1, 3, -1]);

/** Where the memory is free. */
export function freeFrom(): usize {
  return __heap_base;
}

/**
 * Resizes rows of RGB to `width` pixels, two rows at a time; of an odd last row, the same twice.
 *
 * @param taps for each pixel of the result: where its first source pixel is, in bytes from the row's start;
 *   how many pairs of weights it has; those pairs
 */
export function rowsOf3(source: usize, stride: usize, rows: u32, taps: usize, width: u32, target: usize): void {
  const mask01 = v128.load(RGB_01);
  const mask23 = v128.load(RGB_23);
  const zero = i32x4.splat(0);
  const targetStride = <usize>(width * 3);
  for (let y: u32 = 0; y < rows; y += 2, source += 2 * stride, target += targetStride) {
    const toNext = y + 1 < rows ? stride : 0;
    const toNextTarget = y + 1 < rows ? targetStride : 0;
    let tap = taps;
    for (let x: u32 = 0; x < width; x++, target += 3) {
      let p = source + load<u32>(tap);
      let pairs = load<u32>(tap, 4);
      let lowA = i32x4.splat(HALF);
      let lowB = lowA;
      let highA = zero;
      let highB = zero;
      tap += HEAD;
      for (; pairs >= 2; pairs -= 2, p += 12, tap += 2 * PAIR) {
        const low01 = v128.load32_splat(tap);
        const high01 = v128.load32_splat(tap, 4);
        const low23 = v128.load32_splat(tap, 8);
        const high23 = v128.load32_splat(tap, 12);
        const a = v128.load(p);
        const a01 = i8x16.relaxed_swizzle(a, mask01);
        const a23 = i8x16.relaxed_swizzle(a, mask23);
        lowA = add(add(lowA, dot(a01, low01)), dot(a23, low23));
        highA = add(add(highA, dot(a01, high01)), dot(a23, high23));
        const b = v128.load(p + toNext);
        const b01 = i8x16.relaxed_swizzle(b, mask01);
        const b23 = i8x16.relaxed_swizzle(b, mask23);
        lowB = add(add(lowB, dot(b01, low01)), dot(b23, low23));
        highB = add(add(highB, dot(b01, high01)), dot(b23, high23));
      }
      if (pairs > 0) {
        const low = v128.load32_splat(tap);
        const high = v128.load32_splat(tap, 4);
        const a = i8x16.relaxed_swizzle(v128.load64_zero(p), mask01);
        const b = i8x16.relaxed_swizzle(v128.load64_zero(p + toNext), mask01);
        lowA = add(lowA, dot(a, low));
        highA = add(highA, dot(a, high));
        lowB = add(lowB, dot(b, low));
        highB = add(highB, dot(b, high));
        tap += PAIR;
      }
      const bytes = bytesOf(total(lowA, highA), total(lowB, highB), zero, zero);
      // A fourth byte would fall on the second row, of which the beginning is already there.
      v128.store16_lane(target, bytes, 0);
      v128.store8_lane(target, bytes, 2, 2);
      v128.store32_lane(target + toNextTarget, bytes, 1);
    }
  }
}

/** The same of RGBA or CMYK. */
export function rowsOf4(source: usize, stride: usize, rows: u32, taps: usize, width: u32, target: usize): void {
  const mask01 = v128.load(RGBA_01);
  const zero = i32x4.splat(0);
  for (let y: u32 = 0; y < rows; y++, source += stride) {
    let tap = taps;
    for (let x: u32 = 0; x < width; x++, target += 4) {
      let p = source + load<u32>(tap);
      let pairs = load<u32>(tap, 4);
      let low = i32x4.splat(HALF);
      let high = zero;
      tap += HEAD;
      for (; pairs > 0; pairs--, p += 8, tap += PAIR) {
        const pair = i8x16.relaxed_swizzle(v128.load64_zero(p), mask01);
        low = add(low, dot(pair, v128.load32_splat(tap)));
        high = add(high, dot(pair, v128.load32_splat(tap, 4)));
      }
      v128.store32_lane(target, bytesOf(total(low, high), zero, zero, zero), 0);
    }
  }
}

/** The same of grey. A pair of weights meets its samples twice, once its low and once its high halves. */
export function rowsOf1(source: usize, stride: usize, rows: u32, taps: usize, width: u32, target: usize): void {
  const mask = v128.load(GREY_01_01_23_23);
  for (let y: u32 = 0; y < rows; y++, source += stride) {
    let tap = taps;
    for (let x: u32 = 0; x < width; x++, target++) {
      let p = source + load<u32>(tap);
      let pairs = load<u32>(tap, 4);
      let sums = i32x4.splat(0);
      tap += HEAD;
      for (; pairs >= 2; pairs -= 2, p += 4, tap += 2 * PAIR) {
        sums = add(sums, dot(i8x16.relaxed_swizzle(v128.load32_zero(p), mask), v128.load(tap)));
      }
      if (pairs > 0) {
        sums = add(sums, dot(i8x16.relaxed_swizzle(v128.load32_zero(p), mask), v128.load64_zero(tap)));
        tap += PAIR;
      }
      const low = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 2);
      const high = i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 3);
      const sample = (HALF + low + (high << 16)) >> BITS;
      store<u8>(target, <u8>max(0, min(255, sample)));
    }
  }
}

/** One row of the result from the rows of `source`, each `length` samples, by pairs of weights. */
export function column(source: usize, length: usize, weights: usize, pairs: u32, target: usize): void {
  const zero = i32x4.splat(0);
  for (let x: usize = 0; x < length; x += 16) {
    let p = source + x;
    let low0 = i32x4.splat(HALF);
    let low1 = low0;
    let low2 = low0;
    let low3 = low0;
    let high0 = zero;
    let high1 = zero;
    let high2 = zero;
    let high3 = zero;
    let weight = weights;
    for (let i: u32 = 0; i < pairs; i++, weight += PAIR, p += 2 * length) {
      const upper = v128.load(p);
      const lower = v128.load(p + length);
      const low = v128.load32_splat(weight);
      const high = v128.load32_splat(weight, 4);
      const left = v128.shuffle<u8>(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const right = v128.shuffle<u8>(upper, lower, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      const pair0 = i16x8.extend_low_i8x16_u(left);
      const pair1 = i16x8.extend_high_i8x16_u(left);
      const pair2 = i16x8.extend_low_i8x16_u(right);
      const pair3 = i16x8.extend_high_i8x16_u(right);
      low0 = add(low0, dot(pair0, low));
      low1 = add(low1, dot(pair1, low));
      low2 = add(low2, dot(pair2, low));
      low3 = add(low3, dot(pair3, low));
      high0 = add(high0, dot(pair0, high));
      high1 = add(high1, dot(pair1, high));
      high2 = add(high2, dot(pair2, high));
      high3 = add(high3, dot(pair3, high));
    }
    v128.store(target + x, bytesOf(total(low0, high0), total(low1, high1), total(low2, high2), total(low3, high3)));
  }
}

function add(a: v128, b: v128): v128 {
  return i32x4.add(a, b);
}

function dot(samples: v128, weights: v128): v128 {
  return i32x4.dot_i16x8_s(samples, weights);
}

function total(low: v128, high: v128): v128 {
  return i32x4.shr_s(add(low, i32x4.shl(high, 16)), BITS);
}

/** Sixteen numbers cut to 0..255. */
function bytesOf(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}

/** RGBA to RGBa in place, with a * b / 255 rounded as by Pillow (`MULDIV255`). */
export function premultiply(pixels: usize, length: usize): void {
  const mask = v128.load(ALPHA);
  // Alpha itself is multiplied by 255, which leaves it as it is.
  const whole = i64x2.splat(<i64>0x00ff_0000_0000_0000);
  const colours = i64x2.splat(<i64>0x0000_ffff_ffff_ffff);
  for (const end = pixels + length; pixels < end; pixels += 8) {
    const two = v128.load64_zero(pixels);
    const samples = i16x8.extend_low_i8x16_u(two);
    const alpha = i8x16.relaxed_swizzle(two, mask);
    const factor = v128.or(v128.and(alpha, colours), whole);
    const product = i16x8.add(i16x8.mul(samples, factor), i16x8.splat(128));
    const scaled = i16x8.shr_u(i16x8.add(i16x8.shr_u(product, 8), product), 8);
    v128.store64_lane(pixels, i8x16.narrow_i16x8_u(scaled, scaled), 0);
  }
}

/**
 * Looks each pixel's samples up in three tables of 256 floats, one behind the other, and puts the result in
 * three planes of `size` floats.
 *
 * @param step bytes from one pixel to the next
 * @param green where the second sample is, in bytes from the first; the third is as far from the second
 */
export function planes(source: usize, size: usize, step: usize, green: usize, table: usize, target: usize): void {
  const plane = size << 2;
  for (const end = target + plane; target < end; target += 4, source += step) {
    const p = source + green;
    store<f32>(target, load<f32>(table + ((<usize>load<u8>(source)) << 2)));
    store<f32>(target + plane, load<f32>(table + ((<usize>load<u8>(p)) << 2), 1024));
    store<f32>(target + plane + plane, load<f32>(table + ((<usize>load<u8>(p + green)) << 2), 2048));
  }
}
