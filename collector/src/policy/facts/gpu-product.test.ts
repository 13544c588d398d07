/** Names of GPUs as their makers sell them, and as labels. */
import { describe, expect, it } from "vitest";
import { gpuMemoryGib } from "./gpu-memory-gib.ts";
import { gpuProduct } from "./gpu-product.ts";

describe("gpuProduct", () => {
  it.each([
    ["NVIDIA GeForce RTX 3050 Ti Laptop GPU", "rtx-3050-ti"],
    ["NVIDIA GeForce RTX 3050 Ti Mobile", "rtx-3050-ti"],
    ["NVIDIA GeForce RTX 5070 Ti", "rtx-5070-ti"],
    ["NVIDIA GeForce RTX 2070 with Max-Q Design", "rtx-2070"],
    ["NVIDIA GeForce RTX 2070 Mobile / Max-Q Refresh", "rtx-2070"],
    ["NVIDIA GeForce GTX 1060 6GB", "gtx-1060"],
    ["NVIDIA GeForce GTX 1650 SUPER", "gtx-1650-super"],
    ["NVIDIA GeForce MX150", "mx150"],
    ["NVIDIA GeForce RTX 3060 Lite Hash Rate", "rtx-3060"],
    ["NVIDIA RTX A2000 12GB", "rtx-a2000"],
    ["NVIDIA RTX 6000 Ada Generation", "rtx-6000-ada"],
    ["NVIDIA RTX PRO 6000 Blackwell Workstation Edition", "rtx-pro-6000-blackwell-workstation-edition"],
    ["Quadro P2000", "quadro-p2000"],
    ["NVIDIA T400 4GB", "t400"],
    ["NVIDIA TITAN RTX", "titan-rtx"],
    ["Tesla T4", "t4"],
    ["Tesla V100-SXM2-16GB", "v100-sxm2"],
    ["NVIDIA A100-SXM4-40GB", "a100-sxm4"],
    ["NVIDIA A100 80GB PCIe", "a100-pcie"],
    ["NVIDIA H100 80GB HBM3", "h100"],
    ["NVIDIA H100 NVL", "h100-nvl"],
    ["NVIDIA H200", "h200"],
    ["NVIDIA L40S", "l40s"],
    ["NVIDIA A10G", "a10g"],
    ["NVIDIA GH200 480GB", "gh200"],
    ["NVIDIA Graphics Device", "nvidia-graphics-device"],
    ["AMD Radeon RX 7900 XTX", "rx-7900-xtx"],
    ["AMD Radeon RX 6600/6600 XT/6600M", "rx-6600"],
    ["AMD Radeon PRO W7900", "pro-w7900"],
    ["AMD Instinct MI300X", "instinct-mi300x"],
    ["AMD Radeon Graphics", "amd-radeon-graphics"],
    ["Intel(R) Arc(TM) A770 Graphics", "arc-a770"],
    ["Intel Arc B580", "arc-b580"],
    ["Intel UHD Graphics 620", "uhd-620"],
  ])("%s is %s", (name, product) => {
    expect(gpuProduct(name)).toBe(product);
  });

  it("is unknown of a name that says nothing", () => {
    expect(gpuProduct("")).toBeUndefined();
    expect(gpuProduct("???")).toBeUndefined();
  });
});

describe("gpuMemoryGib", () => {
  it.each([
    ["GeForce GTX 1060 3GB", 3019, 3],
    ["GeForce GTX 1650", 3911, 4],
    ["GeForce RTX 3050 Ti Laptop", 4096, 4],
    ["GeForce RTX 3050 Ti Laptop, as an older driver says it", 3911, 4],
    ["Quadro P2000", 5059, 5],
    ["GeForce GTX 1060 6GB", 6072, 6],
    ["Tesla P4 with ECC", 7611, 8],
    ["Radeon RX 6600", 8176, 8],
    ["GeForce RTX 3080", 10_240, 10],
    ["GeForce GTX 1080 Ti", 11_178, 11],
    ["Tesla K80", 11_441, 12],
    ["GeForce RTX 4070", 12_282, 12],
    ["Tesla T4 with ECC", 15_360, 16],
    ["GeForce RTX 5070 Ti", 16_303, 16],
    ["RTX 4000 SFF Ada with ECC", 19_195, 20],
    ["L4 with ECC", 23_034, 24],
    ["GeForce RTX 4090", 24_564, 24],
    ["RTX 5000 Ada with ECC", 30_712, 32],
    ["GeForce RTX 5090", 32_607, 32],
    ["A100-PCIE-40GB, older driver", 40_536, 40],
    ["L40 with ECC", 46_068, 48],
    ["RTX A6000", 49_140, 48],
    ["MI210", 65_520, 64],
    ["H100 80GB", 81_559, 80],
    ["H100 NVL", 95_830, 94],
    ["RTX PRO 6000", 97_887, 96],
    ["H200", 143_771, 141],
    ["B200", 183_359, 180],
    ["MI300X", 196_592, 192],
    ["one that nobody sells yet", 400_000, 391],
  ])("%s tells %i MiB and is sold with %i", (_, mib, gib) => {
    expect(gpuMemoryGib(mib * 2 ** 20)).toBe(gib);
  });
});
