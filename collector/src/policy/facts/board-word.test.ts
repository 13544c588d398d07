/** Boards by their names. */
import { expect, it } from "vitest";
import { boardWord } from "./board-word.ts";

it.each([
  ["Raspberry Pi 5 Model B Rev 1.0", "raspberry-pi-5"],
  ["Raspberry Pi 4 Model B Rev 1.4", "raspberry-pi-4"],
  ["Raspberry Pi 3 Model B Plus Rev 1.3", "raspberry-pi-3"],
  ["Raspberry Pi 400 Rev 1.0", "raspberry-pi-400"],
  ["Raspberry Pi Zero 2 W Rev 1.0", "raspberry-pi-zero-2"],
  ["Raspberry Pi Compute Module 4 Rev 1.1", "raspberry-pi-cm4"],
  ["Raspberry Pi Compute Module 5 Lite Rev 1.0", "raspberry-pi-cm5"],
  ["Radxa ROCK 5B", "rock-5b"],
  ["Radxa ROCK 5B Plus", "rock-5b-plus"],
  ["Xunlong Orange Pi 5 Plus", "orange-pi-5-plus"],
  ["Hardkernel ODROID-N2Plus", "odroid-n2plus"],
  ["FriendlyElec NanoPi R6S", "nanopi-r6s"],
  ["NVIDIA Jetson Orin Nano Developer Kit", "jetson-orin-nano"],
  ["NVIDIA Jetson AGX Orin Developer Kit", "jetson-agx-orin"],
  ["SER5", ""],
  ["System Product Name", ""],
  ["ThinkPad X1 Carbon", ""],
  ["", ""],
])("%s is %s", (productName, word) => {
  expect(boardWord(productName)).toBe(word);
});
