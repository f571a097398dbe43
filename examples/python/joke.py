# A joke, streamed by Python's own urllib, and by the openai package where it is installed. The proxy is started around it: see package.json.
import json
import os
import urllib.request

question = {
    "model": "gpt-3.5-turbo",
    "messages": [{"role": "user", "content": "Tell me a joke about opentelemetry"}],
    "stream": True,
}

request = urllib.request.Request(
    os.environ["OPENAI_BASE_URL"] + "/chat/completions",
    data=json.dumps(question).encode(),
    headers={"Content-Type": "application/json"},
)
print("urllib: ", end="")
with urllib.request.urlopen(request) as events:
    for line in events:
        if line.startswith(b"data: {"):
            print(json.loads(line[6:])["choices"][0]["delta"].get("content", ""), end="", flush=True)

print("\nopenai: ", end="")
try:
    from openai import OpenAI
except ImportError:
    print("not installed; pip install openai, and run this again")
else:
    for chunk in OpenAI().chat.completions.create(**question):
        print(chunk.choices[0].delta.content or "", end="", flush=True)
    print()
