/** nginx: one worker, kept connections on both sides, no buffering (streams must flow), no log. It judges and logs nothing: a measure, no peer. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram, machine, missingProgram } from '../harness/machine.mjs'

const config = ({ port, upstream, folder }) => `
daemon off;
worker_processes 1;
worker_rlimit_nofile ${machine().files};
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections ${Math.min(65_536, machine().files)}; multi_accept on; }
http {
  access_log off;
  tcp_nodelay on;
  keepalive_timeout 120s;
  keepalive_requests 1000000000;
  client_body_temp_path ${folder}/nginx-body;
  proxy_temp_path ${folder}/nginx-proxy;
  fastcgi_temp_path ${folder}/nginx-fastcgi;
  uwsgi_temp_path ${folder}/nginx-uwsgi;
  scgi_temp_path ${folder}/nginx-scgi;
  upstream api { server ${new URL(upstream).host}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    client_max_body_size 100m;
    location / {
      proxy_pass http://api;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 600s;
    }
  }
}
`

export const nginx = {
  name: 'nginx proxy_pass',
  kind: 'measure',
  missing: () => missingProgram('nginx'),
  forward(task) {
    const file = join(task.folder, 'nginx.conf')
    mkdirSync(task.folder, { recursive: true })
    writeFileSync(file, config(task))
    return { command: findProgram('nginx'), args: ['-p', task.folder, '-e', 'stderr', '-c', file] }
  }
}
