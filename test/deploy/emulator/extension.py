"""AWS's emulator (ministack), and what the two stacks need of AWS that it does not know. `emulator.ts` runs it.

Resources of the types below are names alone: no packet goes through the network, Kafka and the cache of the template. In their
place stand this machine's servers, and the functions are told of these where the template tells them of AWS's.

Settings are one JSON object on the command line (`Settings` in emulator.ts), since functions inherit this process's environment.
"""

import asyncio
import functools
import json
import re
import string
import sys
import uuid

import pymysql
from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app as aws
from ministack.core import tls
from ministack.services import cloudfront, ec2, rds_data, secretsmanager
from ministack.services.cloudformation import provisioners

settings = json.loads(sys.argv[1])
port, edge_port, variables, database = (settings[name] for name in ("port", "edgePort", "variables", "database"))
handlers = provisioners._RESOURCE_HANDLERS


def known(resource_type, ref=None, **attributes):
    """Makes a type known. `ref` makes what Ref gives of the properties; else that is the resource's own name."""

    def create(logical_id, props, stack_name):
        return ref(props) if ref else f"{stack_name}-{logical_id}", attributes

    handlers[resource_type] = {
        "create": create,
        "update": lambda physical_id, *_: (physical_id, attributes),
        "delete": lambda *_: None,
    }


def changed(resource_type, change):
    """Passes the properties of a known type through `change` before it is made or updated."""
    known_as = handlers[resource_type]
    create, update = known_as["create"], known_as["update"]
    handlers[resource_type] = {
        **known_as,
        "create": lambda name, props, stack: create(name, change(props), stack),
        "update": lambda name, old, new, *rest, **more: update(name, change(old), change(new), *rest, **more),
    }


def with_attributes(resource_type, more):
    """Adds what Fn::GetAtt gives of a known type. `more` is called with what Ref gives."""
    known_as = handlers[resource_type]

    def adding(do):
        def done(*given, **named):
            ref, attributes = do(*given, **named)
            return ref, {**attributes, **more(ref)}

        return done

    handlers[resource_type] = {**known_as, "create": adding(known_as["create"]), "update": adding(known_as["update"])}


def arn(service, rest):
    return f"arn:aws:{service}:us-east-1:000000000000:{rest}"


# The network.
for kind in ("VPCCidrBlock", "EgressOnlyInternetGateway", "SecurityGroupIngress", "SecurityGroupEgress"):
    known(f"AWS::EC2::{kind}")
with_attributes("AWS::EC2::VPC", lambda _: {"Ipv6CidrBlocks": ["2001:db8::/56"]})

# The region has more than the emulator's three zones, one of which has no database proxies.
zone_id = ec2._az_id_for_zone_name
ec2._az_id_for_zone_name = lambda name: zone_id(name).replace("az3", "az4")

# Kafka. Its topics are those that stand already, and its brokers are told without the function that asks AWS for them.
known("AWS::MSK::Cluster", lambda props: arn("kafka", f"cluster/{props['ClusterName']}/{uuid.uuid4()}"))
known("AWS::MSK::Topic")
known("Custom::Brokers", SaslIam=settings["brokers"])

# The cache, and the proxy of a large stage's database.
known("AWS::ElastiCache::ServerlessCache", lambda props: props["ServerlessCacheName"], **{"Endpoint.Address": "cache"})
known("AWS::RDS::DBProxy", Endpoint="proxy", DBProxyArn=arn("rds", "db-proxy:prx-0123456789abcdef0"))
known("AWS::RDS::DBProxyTargetGroup")

# The APIs: stages serve what there is, without deployments.
known("AWS::ApiGatewayV2::Deployment")
known("AWS::ApiGatewayV2::RouteResponse")


# The administrator's secret of a database that keeps it itself.
@functools.cache
def admin_secret(cluster):
    text = json.dumps({"username": "gochat_admin", "password": "unused"})
    _, _, answer = secretsmanager._create_secret({"Name": f"rds!{cluster}", "SecretString": text})
    return json.loads(answer)["ARN"]


with_attributes("AWS::RDS::DBCluster", lambda cluster: {"MasterUserSecret.SecretArn": admin_secret(cluster)})


# The emulator forgets this property; a header may not hold all punctuation.
def without_punctuation(props):
    rule = props.get("GenerateSecretString")
    if not (rule and rule.get("ExcludePunctuation")):
        return props
    return {**props, "GenerateSecretString": {**rule, "ExcludeCharacters": string.punctuation}}


changed("AWS::SecretsManager::Secret", without_punctuation)


# What Ref gives of a secret is its ARN, which roles name; the emulator gives its name.
secret = handlers["AWS::SecretsManager::Secret"]


def secret_name(secret_arn):
    return next(name for name, record in secretsmanager._secrets.items() if record["ARN"] == secret_arn)


def create_secret(*given):
    _, attributes = secret["create"](*given)
    return attributes["Arn"], attributes


def update_secret(physical_id, *given, **named):
    _, attributes = secret["update"](secret_name(physical_id), *given, **named)
    return attributes["Arn"], attributes


handlers["AWS::SecretsManager::Secret"] = {
    **secret,
    "create": create_secret,
    "update": update_secret,
    "delete": lambda physical_id, props: secret["delete"](secret_name(physical_id), props),
}

# An alarm on a formula of metrics is a name.
alarm = handlers["AWS::CloudWatch::Alarm"]
handlers["AWS::CloudWatch::Alarm"] = {
    **alarm,
    "create": lambda name, props, stack: (f"{stack}-{name}", {}) if "Metrics" in props else alarm["create"](name, props, stack),
}

# The functions: where AWS's servers are named, this machine's stand.
def told(name, value):
    api = re.fullmatch(r"https://(\w+)\.execute-api\.us-east-1\.amazonaws\.com/(\w+)", str(value))
    if api:
        return f"http://127.0.0.1:{port}/_aws/execute-api/{api[1]}/{api[2]}"
    user = re.match(r"mysql://(\w+)@", str(value))
    if user:
        login = f"{user[1]}{database['suffix']}:{database['passwordOfUsers']}"
        return f"mysql://{login}@{database['host']}:{database['port']}/{database['name']}"
    return variables.get(name, value)


def at_home(props):
    given = props.get("Environment", {}).get("Variables", {})
    return {**props, "Environment": {"Variables": {name: told(name, value) for name, value in given.items()}}}


changed("AWS::Lambda::Function", at_home)

# The database: statements of the Data API run on the real one, whose users log in by password.
run_statement = pymysql.cursors.Cursor.execute


def execute(cursor, sql, args=None):
    sql = sql.replace("identified with AWSAuthenticationPlugin as 'RDS'", f"identified by '{database['passwordOfUsers']}'")
    sql = re.sub(r"'(\w+)'@", rf"'\1{database['suffix']}'@", sql).replace("gochat.*", f"`{database['name']}`.*")
    return run_statement(cursor, sql, args)


pymysql.cursors.Cursor.execute = execute


def connect(*_, **__):
    address = {name: database[name] for name in ("host", "port", "user", "password")}
    return pymysql.connect(**address, autocommit=True, connect_timeout=5, read_timeout=10)


rds_data._connect = connect
rds_data._has_real_endpoint = lambda _: True

# The edge: a second port stands for the distribution. Its origins of execute-api are here, too.
with_attributes("AWS::CloudFront::Distribution", lambda _: {"DomainName": f"127.0.0.1:{edge_port}"})
origin_headers = cloudfront._origin_request_headers


def local_host(domain):
    return domain.replace(".us-east-1.amazonaws.com", ".localhost")


cloudfront._origin_connect_target = lambda *_: ("127.0.0.1", int(port), False)
cloudfront._origin_request_headers = lambda origin, *rest: origin_headers(
    {**origin, "domain_name": local_host(origin["domain_name"])}, *rest
)


def the_distribution():
    return next(iter(cloudfront._distributions.values()))


async def upgrade(scope, headers):
    """What the origin of sockets gets: the emulator's own play of CloudFront knows only requests.

    None where that would refuse it: the API answers at its stage with a slash, and at no path behind it.
    """
    distribution = the_distribution()
    parsed = cloudfront.parse_distribution_dataplane_config(distribution)
    behavior = cloudfront._match_behavior(parsed, scope["path"])
    origin = parsed["origins"][behavior["target_origin_id"]]
    given = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
    names = (distribution["Id"], distribution["DomainName"], str(uuid.uuid4()))
    event = cloudfront._build_function_event("viewer-request", *names, "GET", scope["path"], {}, given, scope["client"][0])
    request = await cloudfront._run_function(behavior["functions"]["viewer-request"], event)
    if request["uri"] != "/":
        return None
    sent = cloudfront._merge_function_headers(event["request"]["headers"], request["headers"])
    sent |= {name.lower(): value for name, value in origin["custom_headers"]} | {"host": local_host(origin["domain_name"])}
    # A function sees cookies apart from the headers.
    sent |= {"cookie": given["cookie"]} if "cookie" in given else {}
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()]
    return {**scope, "path": origin["origin_path"] + request["uri"], "headers": pairs}


def by_lambda(scope):
    """The call of one of Lambda's own pollers, which no IAM policy is asked about: in the administrator's name."""
    credential = b"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0"
    return {**scope, "headers": [*scope["headers"], (b"authorization", credential)]}


async def app(scope, receive, send):
    if scope.get("scheme") == "https":
        host = the_distribution()["DomainName"].encode()
        headers = [(name, host if name == b"host" else value) for name, value in scope["headers"]]
        scope = {**scope, "headers": headers}
    elif scope.get("scheme") == "wss":
        scope = await upgrade(scope, scope["headers"])
        if scope is None:
            return await send({"type": "websocket.close", "code": 1008})
    elif scope["type"] == "http" and scope["path"].endswith("/invocations") and b"authorization" not in dict(scope["headers"]):
        scope = by_lambda(scope)
    await aws.app(scope, receive, send)


config = Config()
config.bind, config.insecure_bind = [f"127.0.0.1:{edge_port}"], [f"127.0.0.1:{port}"]
config.certfile, config.keyfile = tls.resolve_tls_material()
config.keep_alive_timeout = 75
config.websocket_max_message_size = 1_000_000
asyncio.run(serve(app, config))
