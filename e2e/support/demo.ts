import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
/** overTLS: every program of this run has its bank behind mutual TLS (make e2e-tls). */
const overTLS = Boolean(process.env.BANK_TLS);
const program = path.join(root, 'bin/demo');

/** Demo is one running demo program: a shop, a bank, a Token agent and the bank's control on free loopback ports. */
export class Demo {
  readonly shop: string;
  readonly bank: string;
  readonly token: string;
  readonly control: string;
  log = '';
  private readonly process: ChildProcess;
  private gone = false;
  private said = '';

  private constructor([shop, bank, token, control, api]: number[], args: string[], env: NodeJS.ProcessEnv) {
    const tls = overTLS || args.includes('-tls');
    this.shop = `http://127.0.0.1:${shop}`;
    this.bank = `${tls ? 'https' : 'http'}://localhost:${bank}`;
    this.token = `http://localhost:${token}`;
    this.control = `http://127.0.0.1:${control}`;
    this.process = spawn(program, [
      '-shop', `127.0.0.1:${shop}`, '-bank', `localhost:${bank}`, '-token', `localhost:${token}`,
      '-control', `127.0.0.1:${control}`, '-api', `localhost:${api}`, '-step', '50ms', ...(overTLS ? ['-tls'] : []), ...args,
    ], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    this.process.stdout?.on('data', (text) => { this.said += text; });
    this.process.stderr?.on('data', (text) => { this.log += text; });
    this.process.on('exit', () => { this.gone = true; });
    this.process.on('error', (e) => { this.gone = true; this.log += `cannot run ${program}: ${e.message}; build it: make e2e\n`; });
  }

  /** start runs the program and waits until the shop says it is ready. Another program may take a port meanwhile: then again on others. */
  static async start(args: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Demo> {
    let log = '';
    for (let tries = 0; tries < 3; tries++) {
      const demo = new Demo(await freePorts(5), args, env);
      if (await demo.ready()) return demo;
      await demo.stop();
      log = demo.log;
      if (!log.includes('cannot be listened on')) break;
    }
    throw new Error(`the demo program did not start:\n${log}`);
  }

  /** owns tells whether an address belongs to this program. */
  owns(url: string): boolean {
    return [this.shop, this.bank, this.token, this.control].includes(new URL(url).origin);
  }

  async stop(): Promise<void> {
    if (this.gone) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGTERM');
    const slow = setTimeout(() => this.process.kill('SIGKILL'), 12_000);
    await ended;
    clearTimeout(slow);
  }

  private async ready(): Promise<boolean> {
    for (const until = Date.now() + 15_000; Date.now() < until && !this.gone;) {
      // The program speaks when the merchant is connected, which is after the shop began to answer.
      const answer = this.said && await fetch(`${this.shop}/readyz`).catch(() => undefined);
      if (answer && answer.ok) return true;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return false;
  }
}

/** freePorts asks the system for ports and holds all of them until the last is known, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  })));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
