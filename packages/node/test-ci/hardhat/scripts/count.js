const { ethers } = require('hardhat');

async function main() {
  const [signer] = await ethers.getSigners();
  const counter = await ethers.deployContract('Counter');
  await counter.waitForDeployment();
  const sent = await counter.increment(5);
  const receipt = await sent.wait();
  const refusal = await counter.increment(0).catch((error) => error.message);
  process.stdout.write(
    `${JSON.stringify({
      signer: signer.address,
      status: receipt.status,
      events: receipt.logs.length,
      count: String(await counter.count()),
      refusal,
    })}\n`,
  );
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
